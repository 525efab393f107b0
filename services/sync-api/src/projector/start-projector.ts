import { setTimeout as sleep } from "node:timers/promises";
import { NewerFactError } from "@millrace/shared/events/upcast-fact";
import type { Nats } from "@millrace/shared/nats/connect-nats";
import type { LoggedEvent } from "@millrace/shared/nats/event-log";
import { createHighWaterMarkWriter } from "@millrace/shared/nats/high-water-mark";
import { type LogReader, openLogReader, readStreamState } from "@millrace/shared/nats/read-log";
import type { PoolClient, SweepingPool } from "@millrace/shared/postgres/create-pool";
import { applyIsolating } from "@millrace/shared/projection/apply-isolating";
import { openCheckpoint } from "@millrace/shared/projection/open-checkpoint";
import { backoffMs } from "@millrace/shared/runtime/backoff";
import type { Logger } from "@millrace/shared/runtime/create-logger";
import { projectedFacts, projectionDelaySeconds } from "@millrace/shared/telemetry/metrics/api-metrics";
import { traceBatch } from "./trace-batch.ts";

export interface ProjectorPorts {
  readonly nats: Nats;
  readonly pool: SweepingPool;
  readonly log: Logger;
  /** Postgres was restored from an older backup. Called before anything is read, and again while that is not made up for. */
  readonly onRestored?: () => Promise<void>;
}

export interface Projector {
  /** False while it fails again and again. A copy that waits for its turn is healthy. */
  isHealthy(): boolean;
  /** Finishes the batch at hand and gives the lock to another copy. */
  stop(): Promise<void>;
}

const eventsPerBatch = 500;
const failuresUntilUnhealthy = 3;
const calmMs = 2_000;
/** How long a projector that has met a newer version's event leaves the lock to one that can read it. */
const newerFactDelayMs = 2_000;
const retryBackoff = { baseMs: 250, capMs: 10_000 };
/** Any number that nobody else uses: of all copies of sync-api one projects, the others wait for its lock. */
const projectorLock = 7_352_190_002;
/** Shorter than a pool waits for an answer. */
const turnMsMax = 45_000;
const queryCanceled = "57014";
/** A connection that vanished without a word lives on in the database with its lock, until it has said nothing for so long. */
const ghostMs = 60_000;
const beatMs = 15_000;

/**
 * The projector: reads the log from the checkpoint in Postgres and applies it in batches. The broker keeps no
 * position for it: a database that was restored from an older backup catches up by itself, and learns from the
 * high-water mark that it has to.
 */
export function startProjector(ports: ProjectorPorts): Projector {
  const stopping = new AbortController();
  const streak: FailureStreak = { failures: 0 };
  const running = run(ports, stopping.signal, streak);
  return {
    isHealthy: () => streak.failures < failuresUntilUnhealthy,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** How often it failed since it last got on. */
interface FailureStreak {
  failures: number;
}

async function run(ports: ProjectorPorts, signal: AbortSignal, streak: FailureStreak): Promise<void> {
  while (!signal.aborted) {
    try {
      await projectWhileLocked(ports, signal, () => {
        streak.failures = 0;
      });
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof NewerFactError) {
        // Nothing is passed over, and the copy serves as before: it would be missed before the newer ones are all there.
        ports.log.error(
          { event: "projector.newer_fact", err: error },
          "the projector waits for a newer version",
        );
        await sleep(newerFactDelayMs, undefined, { signal }).catch(() => {});
        continue;
      }
      streak.failures++;
      ports.log.warn({ err: error, failures: streak.failures }, "the projector starts over");
      const delayMs = backoffMs(streak.failures, Math.random(), retryBackoff);
      await sleep(delayMs, undefined, { signal }).catch(() => {});
    }
  }
}

async function projectWhileLocked(
  ports: ProjectorPorts,
  signal: AbortSignal,
  onProgress: () => void,
): Promise<void> {
  const lock = await ports.pool.connect();
  // The lock lives as long as its connection; a projector that lost it must not go on.
  const lost = new AbortController();
  const abort = (): void => lost.abort();
  lock.on("error", abort);
  lock.on("end", abort);
  signal.addEventListener("abort", abort);
  try {
    // Waiting for its turn, or for events, without trouble: that is health as well.
    const calm = setTimeout(onProgress, calmMs);
    try {
      if (!(await waitForLock(lock, lost.signal))) return;
      calm.refresh();
      await lock.query(`set idle_session_timeout = ${ghostMs}`);
      const beat = setInterval(() => void lock.query("select 1").catch(abort), beatMs);
      try {
        await project(ports, lost.signal, onProgress);
      } finally {
        clearInterval(beat);
      }
    } finally {
      clearTimeout(calm);
    }
  } finally {
    signal.removeEventListener("abort", abort);
    lock.off("error", abort);
    lock.off("end", abort);
    lock.release(true); // closes the connection, and with it the lock
  }
}

/**
 * Blocks in the database until this copy may project; false when told to stop meanwhile, or when another copy kept
 * the lock for so long that it is time to ask on a new connection: the old one may have vanished without a word.
 */
async function waitForLock(client: PoolClient, signal: AbortSignal): Promise<boolean> {
  await client.query(`set statement_timeout = ${turnMsMax}`);
  const locked = client.query("select pg_advisory_lock($1)", [projectorLock]).then(
    () => true,
    (error: unknown) => {
      if ((error as { code?: unknown }).code === queryCanceled) return false;
      throw error;
    },
  );
  locked.catch(() => {});
  const stopped = new Promise<false>((resolve) => {
    if (signal.aborted) resolve(false);
    signal.addEventListener("abort", () => resolve(false), { once: true });
  });
  return Promise.race([locked, stopped]);
}

async function project(
  { nats, pool, log, onRestored }: ProjectorPorts,
  signal: AbortSignal,
  onProgress: () => void,
): Promise<void> {
  const { position, streamCreated, isRestored } = await openCheckpoint(nats, pool, log);
  if (isRestored) await onRestored?.();
  const reader: LogReader = await openLogReader(nats, {
    afterSeq: position.seq,
    batchMax: eventsPerBatch,
    log,
  });
  const marks = createHighWaterMarkWriter(nats, log);
  const close = (): void => reader.close();
  signal.addEventListener("abort", close, { once: true });
  try {
    if (signal.aborted) return;
    // From here on the reader notices another log; one that came before it was open would be read from its middle.
    const opened = await readStreamState(nats);
    if (opened.created !== streamCreated || opened.lastSeq < position.seq) return;
    let checkpoint = position;
    for await (const batch of reader.batches()) {
      const { epoch } = checkpoint;
      const events = batch.map(({ seq, event }) => ({ position: { epoch, seq }, event }));
      const from = checkpoint;
      checkpoint = await traceBatch(batch, () => applyIsolating(pool, log, from, events));
      const eventId = batch.at(-1)?.event.id ?? "";
      marks.note({ streamCreated, ...checkpoint, eventId });
      measureBatch(batch);
      onProgress();
    }
  } finally {
    signal.removeEventListener("abort", close);
    reader.close();
    await marks.close();
  }
}

function measureBatch(batch: readonly LoggedEvent[]): void {
  projectedFacts.add(batch.length, {});
  const oldest = batch[0];
  if (oldest === undefined) return;
  projectionDelaySeconds.record(Math.max(Date.now() - Date.parse(oldest.event.time), 0) / 1_000, {});
}
