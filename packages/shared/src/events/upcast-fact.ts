import { type Fact, factSchema } from "./facts.ts";

/** A fact as JSON, in the shape of some version of its type. */
export type FactJson = Readonly<Record<string, unknown>>;

/** Brings a fact from one version of its type to the next: pure, and total over all that was ever written. */
export type UpcastStep = (fact: FactJson) => FactJson;

/** Types of facts with their steps, the first from version 1 to 2. A type's current version is their number plus one. */
export type UpcastSteps = Readonly<Record<string, readonly UpcastStep[]>>;

/** A fact in a shape that only a newer version of Millrace reads. It is not broken, and it is not this version's to judge. */
export class NewerFactError extends Error {
  readonly code = "fact_newer";
  constructor(type: string, version: number) {
    super(
      `${type} of version ${version} was written by a newer version of Millrace; finish the upgrade, or go back to that version`,
    );
    this.name = "NewerFactError";
  }
}

/** What a reader has to be told of a fact beside its JSON. */
export interface FactVersion {
  readonly type: string;
  readonly version: number;
}

/**
 * A fact in the shape of its current version, to be read by its schema.
 *
 * @param json of the version given
 * @throws {NewerFactError} when this Millrace knows no such type, or no such version of it
 */
export function upcastFact(
  json: FactJson,
  { type, version }: FactVersion,
  steps: UpcastSteps = upcastSteps,
): FactJson {
  assertNotNewer({ type, version }, steps);
  return (steps[type] ?? []).slice(version - 1).reduce((fact, step) => step(fact), json);
}

/** @throws {NewerFactError} */
export function assertNotNewer({ type, version }: FactVersion, steps: UpcastSteps = upcastSteps): void {
  if (!factTypes.has(type) || version > currentVersion(type, steps)) throw new NewerFactError(type, version);
}

/** In which version of its type facts are written. */
export const currentVersion = (type: string, steps: UpcastSteps = upcastSteps): number =>
  (steps[type]?.length ?? 0) + 1;

const factTypes: ReadonlySet<string> = new Set(factSchema.options.map(({ shape }) => shape.type.value));

/** Before mailboxes could change: there was one stage, in one round. */
const listingOfOneStage: UpcastStep = (fact) => ({
  mark: "",
  stage: "listing",
  round: 0,
  since: null,
  watermark: null,
  joined: 0,
  hadCopy: false,
  changes: null,
  // Facts of later days say these themselves, and bore no version yet.
  ...fact,
});

/** Before facts said what had become of which message. */
const withoutMail: UpcastStep = (fact) => ({ mail: { added: [], changed: [], deleted: [] }, ...fact });

const upcastSteps = {
  "page.listed": [listingOfOneStage],
  "chunk.fetched": [withoutMail],
  "chunk.dead_lettered": [withoutMail],
  "dead_letters.settled": [withoutMail],
} as const satisfies Partial<Record<Fact["type"], readonly UpcastStep[]>> as UpcastSteps;
