import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "@millrace/gmail-simulator/random";
import { removeOrphanBlobs } from "../../services/janitor/src/retention/remove-orphan-blobs.ts";
import { RetentionScope } from "../../services/janitor/src/retention/retention-scope.ts";
import { type RaceWorld, writerCount } from "./race-world.ts";

/** Writers that attach the same blob at once, and one who removes it. */
const writersPerBlob = 10;
const graceHours = 24;

export interface Races {
  /** Times that a blob was put and attached while its deletion was under way: after the search had found it an orphan. */
  races: number;
  /** Attachments in all. */
  attached: number;
  /** Deletions that removed the blob; the others found it in use. */
  deleted: number;
  /** Attached, and not in the store or not what was put. */
  dangling: number;
  /** Puts that the store refused, and that were done again. */
  refused: number;
}

/**
 * Lets writers attach blobs whose deletion is under way, until so many have: in rounds, each with an orphan that is old.
 * After each attachment its content must be there, and at the end of a round be what was put.
 */
export async function runRaces(
  world: RaceWorld,
  races: number,
  onProgress: (done: Races) => void,
): Promise<Races> {
  const sum: Races = { races: 0, attached: 0, deleted: 0, dangling: 0, refused: 0 };
  await world.writing.put(bytesOf(Buffer.from("so that the store is ours")));
  const groups = Array.from({ length: writerCount / writersPerBlob }, async (_, group) => {
    const writers = Array.from({ length: writersPerBlob }, (_none, n) => group * writersPerBlob + n);
    const random = new Random(group + 1);
    let apartMs = 1;
    for (let round = 0; sum.races < races; round++) {
      const content = Buffer.from(`blob ${group}.${round % 200}`);
      // So far apart that most meet the deletion, and each comes before the other in part of the rounds.
      const pauseMs = () => (random.float() * apartMs) / 3;
      apartMs = await runRound({ world, writers, content, pauseMs }, sum);
      onProgress(sum);
    }
  });
  await Promise.all(groups);
  for (const sha256 of await world.named()) if ((await world.writing.has(sha256)) === null) sum.dangling++;
  return sum;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Round {
  readonly world: RaceWorld;
  readonly writers: readonly number[];
  readonly content: Buffer;
  /** How long each waits before it begins. */
  readonly pauseMs: () => number;
}

/** @returns how long an attachment took, in milliseconds */
async function runRound({ world, writers, content, pauseMs }: Round, sum: Races): Promise<number> {
  await world.detach(writers);
  const { sha256 } = await persistently(() => world.writing.put(bytesOf(content)), sum);
  await world.age(sha256);
  const deleting = sleep(pauseMs()).then(() => removeIfOrphan(world, sha256, content.length));
  const attaching = writers.map(async (writer) => {
    await sleep(pauseMs());
    return timed(async () => {
      await persistently(() => world.attach(writer, content), sum);
      if ((await world.writing.has(sha256)) === null) sum.dangling++;
    });
  });
  const [deletion, ...attachments] = await Promise.all([deleting, ...attaching]);
  sum.attached += attachments.length;
  sum.deleted += deletion?.result === true ? 1 : 0;
  sum.races += attachments.filter((one) => deletion !== null && areTogether(one, deletion)).length;
  if (!(await holds(world, sha256))) sum.dangling++;
  return Math.max(...attachments.map(({ fromMs, toMs }) => toMs - fromMs));
}

const areTogether = (one: Span, other: Span) => one.fromMs < other.toMs && other.fromMs < one.toMs;

type Deletion = Span & { readonly result: boolean };

/**
 * The janitor's own search, of a store that lists this blob alone.
 *
 * @returns the deletion that followed, and whether it removed the blob; null when a row named it by then
 */
async function removeIfOrphan(world: RaceWorld, sha256: string, sizeBytes: number): Promise<Deletion | null> {
  const { signal } = new AbortController();
  const scope = new RetentionScope({ now: new Date(), tenantId: null, isDryRun: false, signal });
  let deletion: Deletion | null = null;
  const blobs = {
    async *list() {
      yield { sha256, sizeBytes, putAt: new Date(0) };
    },
    async delete(name: string, notSince: Date) {
      deletion = await timed(() => world.removing.delete(name, notSince));
      return deletion.result;
    },
    has: world.removing.has,
    removeUnfinished: async () => 0,
  };
  const append = async (): Promise<never> => {
    throw new Error("nobody writes down what this run removes");
  };
  await removeOrphanBlobs({ pool: world.janitor, blobs, append }, graceHours, scope);
  return deletion;
}

async function holds(world: RaceWorld, sha256: string): Promise<boolean> {
  const found = await world.writing.open(sha256);
  if (found === null) return false;
  const hash = createHash("sha256");
  for await (const piece of found) hash.update(piece);
  return hash.digest("hex") === sha256;
}

const triesMax = 20;

/** As services do: what the store refuses comes again. */
async function persistently<T>(work: () => Promise<T>, sum: Races): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries === triesMax) throw error;
      sum.refused++;
    }
  }
}

async function timed<T>(work: () => Promise<T>): Promise<Span & { readonly result: T }> {
  const fromMs = performance.now();
  const result = await work();
  return { fromMs, toMs: performance.now(), result };
}

async function* bytesOf(content: Buffer): AsyncGenerator<Uint8Array> {
  yield content;
}
