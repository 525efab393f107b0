import type { FaultCategory } from "@millrace/shared/providers/mail-provider";
import type { Choices } from "../engine/choices.ts";
import { type DisturbanceKind, type Profile, profiles, type Rates } from "./profiles.ts";

/**
 * What a message is. bad: the provider delivers something that no mail is; poison: each attempt at it fails in an
 * unknown way; thrower: the same, as an exception; killer: its worker dies; unstorable: the database refuses it.
 */
export type MessageKind = "good" | "bad" | "poison" | "thrower" | "killer" | "unstorable";

export interface PlannedMessage {
  readonly kind: MessageKind;
  readonly isLabelled: boolean;
}

export interface Disturbance {
  /** Happens before this step of the schedule. */
  readonly step: number;
  readonly kind: DisturbanceKind;
  /** What it is about, whatever there is then: taken modulo. */
  readonly which: number;
  readonly how: number;
}

/** Everything about a schedule that is fixed before it runs. */
export interface Plan {
  readonly profile: string;
  readonly mailboxes: readonly (readonly PlannedMessage[])[];
  readonly pageSize: number;
  /** Of a mailbox's history, an answer tells so many records. */
  readonly recordsPerPage: number;
  readonly chunkSize: number;
  readonly windowChunks: number;
  /** Whether the broker looks for a repeated message id before it compares sequences, as one with replicas does. */
  readonly isDuplicateFirst: boolean;
  /** Of the tenant; null: no cap. */
  readonly runningSyncsMax: number | null;
  readonly chunkers: number;
  readonly fetchers: number;
  /** Two when one has lost its lock and does not know it. */
  readonly projectors: number;
  /** Deliveries that a process works on at once, of each consumer. */
  readonly slots: number;
  /** The store is written after each message, and not once a chunk. */
  readonly isFlushedEach: boolean;
  /** Events that the projector applies at once, at most. */
  readonly batchMax: number;
  /** How long it waits between two batches. */
  readonly projectorLagMs: number;
  readonly rates: Rates;
  /** What the provider's faults are: any, or all of one kind. */
  readonly faults: readonly FaultCategory[];
  /** Turns that the janitor takes by itself after all that is planned has happened. */
  readonly janitorTurns: number;
  readonly killsMax: number;
  readonly disturbances: readonly Disturbance[];
}

const accountsMax = 2;
const messagesMax = 12;
const requestsMax = 3;
const stepsPlanned = 300;
const numbersMax = 1_000;
const oddKinds: readonly MessageKind[] = ["bad", "poison", "unstorable", "killer", "thrower"];

const anyFault: readonly FaultCategory[] = ["transient", "rate_limited", "token_expired", "consent_lost"];
const faultMixes: readonly (readonly FaultCategory[])[] = [
  anyFault,
  ...anyFault.map((category) => [category]),
];

export function planSchedule(choices: Choices, only?: string): Plan {
  const candidates = only === undefined ? profiles : profiles.filter(({ name }) => name === only);
  const profile = choices.pick(candidates);
  const faults = profile.rates.provider === 0 ? anyFault : choices.pick(faultMixes);
  // What comes from one side comes often.
  const provider = faults.length === 1 ? profile.rates.provider * 2 : profile.rates.provider;
  return {
    profile: profile.name,
    mailboxes: Array.from({ length: 1 + choices.below(accountsMax) }, () => planMailbox(choices, profile)),
    pageSize: 1 + choices.below(6),
    recordsPerPage: choices.pick([4, 1, 1, 2]),
    chunkSize: 1 + choices.below(3),
    windowChunks: 1 + choices.below(3),
    runningSyncsMax: choices.below(4) === 3 ? 1 : null,
    isDuplicateFirst: choices.below(2) === 1,
    chunkers: 1 + choices.below(2),
    fetchers: 1 + choices.below(2),
    projectors: choices.below(4) === 3 ? 2 : 1,
    slots: 1 + choices.below(2),
    isFlushedEach: choices.below(2) === 1,
    batchMax: 1 + choices.below(8),
    projectorLagMs: choices.pick([0, 0, 1_000, 40_000]),
    rates: { ...profile.rates, provider },
    faults,
    janitorTurns: choices.below(4) === 3 ? 4 : 0,
    killsMax: profile.killsMax,
    disturbances: planDisturbances(choices, profile),
  };
}

function planMailbox(choices: Choices, { oddMessages }: Profile): PlannedMessage[] {
  const size = choices.below(4) === 3 ? choices.below(messagesMax + 1) : choices.below(6);
  return Array.from({ length: size }, () => planMessage(choices, oddMessages));
}

export function planMessage(choices: Choices, oddMessages: number): PlannedMessage {
  const isOdd = oddMessages > 0 && choices.below(100) >= 100 - oddMessages;
  return { kind: isOdd ? choices.pick(oddKinds) : "good", isLabelled: choices.below(2) === 1 };
}

function planDisturbances(choices: Choices, profile: Profile): Disturbance[] {
  const requests = Array.from({ length: 1 + choices.below(requestsMax) }, (_, i) =>
    planDisturbance(choices, "request", i === 0 ? 1 : stepsPlanned),
  );
  const others = Array.from({ length: choices.below(profile.disturbancesMax + 1) }, () =>
    planDisturbance(choices, choices.pick(profile.disturbances), stepsPlanned),
  );
  return [...requests, ...others].sort((a, b) => a.step - b.step);
}

function planDisturbance(choices: Choices, kind: DisturbanceKind, stepsMax: number): Disturbance {
  return {
    kind,
    step: choices.below(stepsMax),
    which: choices.below(numbersMax),
    how: choices.below(numbersMax),
  };
}
