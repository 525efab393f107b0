import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { allFaultKinds, type FaultKind, isFaultKind, kindsOf, type Topology } from "./plan/fault-kinds.ts";

export interface ChaosOptions {
  readonly seed: number;
  /** How long faults happen; the recovery and the judgement come on top. */
  readonly minutes: number;
  /** Nodes of the broker. With several, Postgres has a standby. */
  readonly nodes: number;
  /** So many of the mailboxes, the smallest ones; all when null. */
  readonly mailboxes: number | null;
  /** Only what happens to nodes and to the primary, one fault after the other. */
  readonly drill: boolean;
  readonly json: boolean;
  /** Where the logs are kept whatever happens; null: only of a run that failed, in the system's folder for such things. */
  readonly keep: string | null;
  readonly kinds: ReadonlySet<FaultKind>;
  /** Print the schedule and do nothing. */
  readonly plan: boolean;
  readonly help: boolean;
}

export const minutesDefault = 3;
const minutesMax = 24 * 60;
const mailboxesMax = 20;
const seedMax = 2 ** 32 - 1;

export const usage = `usage: npm run chaos -- [options]

Runs the whole of Millrace as real processes, hurts them in every way for some minutes while it syncs mailboxes that
change, and then compares the store with the mailboxes, message by message.

  --seed S         all that looks like chance follows from it; drawn and said when absent
  --minutes M      how long faults happen (${minutesDefault}); recovery and judgement take some minutes more
  --cluster 3      three nats-servers with three copies of each stream, a Postgres with a standby, and what happens to those
  --drill          with --cluster: only its own faults, one after the other, so that each pause is one fault's
  --mailboxes N    only the N smallest of the twenty, for a run that is soon over
  --json           print the result as one line of JSON on standard output
  --keep DIR       keep the logs of all processes in DIR, also when nothing went wrong
  --only LIST      only these kinds of faults, separated by commas; the schedule of the others does not change
  --without LIST   all kinds but these
  --plan           print the schedule of the seed and end
  --help           this text

kinds of faults:
  ${wrapped(kindsOf("single"))}
with --cluster 3 also, and without those of one server:
  ${wrapped(kindsOf("cluster").filter((kind) => !kindsOf("single").includes(kind)))}

exit code: 0 when nothing was lost, duplicated, stuck or went backwards, and all else is as it must be; 1 when
something is not; 2 for options that cannot be understood; 130 when it was interrupted

environment: NATS_SERVER_BIN names a nats-server program, MILLRACE_CACHE the folder for downloads
`;

/** The options cannot be understood; the message says why. */
export class UsageError extends Error {
  readonly code = "usage";
}

/**
 * @param cwd where paths are taken from
 * @param drawSeed for a run that names none
 * @throws UsageError
 */
export function parseChaosOptions(
  args: readonly string[],
  cwd: string,
  drawSeed: () => number = () => Math.floor(Math.random() * seedMax),
): ChaosOptions {
  const values = readArguments(args);
  if (values.only !== undefined && values.without !== undefined) {
    throw new UsageError("--only and --without exclude each other.");
  }
  const nodes = readNodes(values.cluster);
  const named = readKinds(values.only ?? values.without ?? "", topologyOf(nodes));
  const kinds = values.only !== undefined ? named : new Set(allFaultKinds.filter((kind) => !named.has(kind)));
  return {
    seed: values.seed === undefined ? drawSeed() : readSeed(values.seed),
    minutes: values.minutes === undefined ? minutesDefault : readMinutes(values.minutes),
    nodes,
    drill: readDrill(values.drill, nodes),
    mailboxes: values.mailboxes === undefined ? null : readMailboxes(values.mailboxes),
    json: values.json,
    keep: values.keep === undefined ? null : resolve(cwd, values.keep),
    kinds,
    plan: values.plan,
    help: values.help,
  };
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seed: { type: "string" },
        minutes: { type: "string" },
        cluster: { type: "string" },
        drill: { type: "boolean", default: false },
        mailboxes: { type: "string" },
        json: { type: "boolean", default: false },
        keep: { type: "string" },
        only: { type: "string" },
        without: { type: "string" },
        plan: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function readSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed <= seedMax) return seed;
  throw new UsageError(`--seed takes a whole number from 0 to ${seedMax}, not "${text}".`);
}

function readMinutes(text: string): number {
  const minutes = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && minutes > 0 && minutes <= minutesMax) return minutes;
  throw new UsageError(`--minutes takes a number above 0, up to ${minutesMax}, not "${text}".`);
}

/** Which faults can happen to so many nodes. */
export const topologyOf = (nodes: number): Topology => (nodes > 1 ? "cluster" : "single");

function readNodes(text: string | undefined): number {
  if (text === undefined) return 1;
  if (text === "3" || text === "5") return Number(text);
  throw new UsageError(`--cluster takes the number of nodes, 3 or 5, not "${text}".`);
}

function readDrill(isDrill: boolean, nodes: number): boolean {
  if (isDrill && nodes === 1) throw new UsageError("--drill is for --cluster.");
  return isDrill;
}

function readMailboxes(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= mailboxesMax) return count;
  throw new UsageError(`--mailboxes takes a whole number from 1 to ${mailboxesMax}, not "${text}".`);
}

function readKinds(text: string, topology: Topology): ReadonlySet<FaultKind> {
  const names = text.split(",").filter(Boolean);
  const stranger = names.find((name) => !isFaultKind(name));
  if (stranger !== undefined) throw new UsageError(`There is no kind of fault "${stranger}". Try --help.`);
  const kinds = names.filter(isFaultKind);
  const elsewhere = kinds.find((kind) => !kindsOf(topology).includes(kind));
  if (elsewhere !== undefined) {
    const where = topology === "single" ? "only with" : "not with";
    throw new UsageError(`"${elsewhere}" happens ${where} --cluster.`);
  }
  return new Set(kinds);
}

function wrapped(names: readonly string[]): string {
  const lines: string[] = [""];
  for (const name of names) {
    if ((lines.at(-1) as string).length + name.length > 100) lines.push("");
    lines.push(`${lines.pop()} ${name}`.trimStart());
  }
  return lines.join("\n  ");
}
