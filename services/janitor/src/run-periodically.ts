import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import { withClient } from "@millrace/shared/postgres/with-client";
import type { Logger } from "@millrace/shared/runtime/create-logger";
import {
  taskFinishedAt,
  taskInterval,
  taskSeconds,
} from "@millrace/shared/telemetry/metrics/janitor-metrics";
import { withRootSpan } from "@millrace/shared/telemetry/with-span";

export interface PeriodicTask {
  readonly name: string;
  readonly everySeconds: number;
  /** Any number that no other task uses: one copy of the janitor runs the task at a time. */
  readonly lock: number;
  readonly run: (signal: AbortSignal) => Promise<void>;
}

export interface RunningTask {
  stop(): Promise<void>;
}

/** Runs a task again and again, one copy over all janitors at a time. A failure is logged, and the next turn comes. */
export function runPeriodically(task: PeriodicTask, pool: Pool, log: Logger): RunningTask {
  const stopping = new AbortController();
  const attributes = { "millrace.task": task.name };
  const ends = [
    taskInterval.observe(() => [{ value: task.everySeconds, attributes }]),
    taskFinishedAt.observe(() => (finishedAt === null ? [] : [{ value: finishedAt, attributes }])),
  ];
  let finishedAt: number | null = null;
  const onFinished = (): void => {
    finishedAt = Date.now() / 1_000;
  };
  const running = loop(measured(task, onFinished), pool, log, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await running;
      for (const end of ends) end();
    },
  };
}

function measured(task: PeriodicTask, onFinished: () => void): PeriodicTask {
  const run = async (signal: AbortSignal): Promise<void> => {
    const beganMs = performance.now();
    let outcome = "failed";
    try {
      await task.run(signal);
      outcome = "done";
      onFinished();
    } finally {
      const by = { "millrace.task": task.name, "millrace.outcome": outcome };
      taskSeconds.record((performance.now() - beganMs) / 1_000, by);
    }
  };
  return { ...task, run };
}

async function loop(task: PeriodicTask, pool: Pool, log: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await runLocked(task, pool, signal);
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error, task: task.name }, "a task failed, its next turn comes");
    }
    // Up to a tenth later than asked, so that copies and tasks spread out.
    const delayMs = task.everySeconds * 1_000 * (1 + Math.random() / 10);
    await sleep(delayMs, undefined, { signal }).catch(() => {});
  }
}

/**
 * A connection that vanished without a word lives on in the database, and its lock with it: the database ends it when
 * it has said nothing for so long.
 */
const ghostMs = 60_000;
/** So it says something while a run lasts. One that has lost its lock all the same ends: another copy may have begun. */
const sayEveryMs = ghostMs / 3;

async function runLocked({ name, lock, run }: PeriodicTask, pool: Pool, signal: AbortSignal): Promise<void> {
  await withClient(pool, async (client) => {
    const { rows } = await client.query<{ locked: boolean }>("select pg_try_advisory_lock($1) as locked", [
      lock,
    ]);
    if (rows[0]?.locked !== true) return;
    const lost = new AbortController();
    const saying = setInterval(() => {
      client.query("select").catch((cause) => lost.abort(new Error(`${name} has lost its lock`, { cause })));
    }, sayEveryMs);
    try {
      await client.query(`set idle_session_timeout = ${ghostMs}`);
      await withRootSpan(`task ${name}`, () => run(AbortSignal.any([signal, lost.signal])));
    } finally {
      clearInterval(saying);
      await client.query("select pg_advisory_unlock($1)", [lock]).catch(() => {}); // a lost connection has let go
      await client.query("reset idle_session_timeout").catch(() => {});
    }
  });
}
