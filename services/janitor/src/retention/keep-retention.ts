import { BlobStoreAwayError } from "@millrace/shared/blobs/blob-store";
import { type RetentionTaskName, retentionTaskNames } from "@millrace/shared/retention/retention-task-names";
import { everySecondsOf } from "@millrace/shared/retention/schedule-env";
import { retentionRemoved } from "@millrace/shared/telemetry/metrics/janitor-metrics";
import {
  retentionRemovedBytes,
  retentionRunSeconds,
} from "@millrace/shared/telemetry/metrics/retention-metrics";
import type { TrustClock } from "../care/trust-clock.ts";
import type { PeriodicTask } from "../run-periodically.ts";
import { defaultPeriodsOf } from "./default-periods-of.ts";
import { isRunDue } from "./is-run-due.ts";
import { loadReader } from "./load-reader.ts";
import { notePeriods } from "./note-periods.ts";
import type { RetentionPorts } from "./retention-ports.ts";
import { RetentionScope, type ScopeOptions } from "./retention-scope.ts";
import { type RetentionConfig, type RunTask, retentionTasks } from "./retention-tasks.ts";
import {
  beginRun,
  type EndOfRun,
  endRun,
  type RetentionRun,
  readRemoved,
  readResumePoint,
  readStandings,
  takeRun,
} from "./run-store.ts";
import { tellRuns } from "./tell-runs.ts";

/** How often is looked for runs that somebody has asked for. */
const lookSeconds = 3;
/** A look ends after so long also while more and more is asked for: the next one, soon, finds what schedules ask for meanwhile. */
const askedMsMax = 60_000;
/** So long a run by schedule works before it makes way, where somebody waits as it begins: those who ask must not keep it from its work. */
const turnMs = 3_000;
/** Beside syncs a run works a tenth of the time, else nearly always. */
const restFactors = { busy: 9, idle: 0.2 } as const;

/**
 * Does what is due by its schedule, and what was asked for; one run at a time over all copies of the janitor. Each leaves a
 * record, and one that fails holds up no other, nor does one that has much to do: it ends after its share, or one by schedule as
 * soon as somebody waits for another one, and the next one goes on soon. Schedules and those who ask take turns, and so do
 * tenants who ask.
 *
 * @param isTrusted asked before each run about the moment that it decides by: a look may last an hour, and a clock is set at any time
 */
export function retentionTask(
  config: RetentionConfig,
  ports: RetentionPorts,
  isTrusted: TrustClock,
): PeriodicTask {
  const tasks = retentionTasks(config);
  const periods = defaultPeriodsOf(config);
  const limits = { ms: config.RETENTION_RUN_SECONDS * 1_000, rows: config.RETENTION_RUN_ROWS };
  const readDue = async (): Promise<RetentionTaskName[]> => {
    const nowMs = ports.nowMs();
    const standings = await readStandings(ports.pool, new Date(nowMs));
    return retentionTaskNames.filter((name) =>
      isRunDue(standings.get(name), everySecondsOf(config, name) * 1_000, nowMs),
    );
  };
  let servedLast: string | null = null;
  return {
    name: "retention",
    everySeconds: Math.min(lookSeconds, config.RETENTION_SECONDS),
    lock: 7_352_190_009,
    run: async (signal) => {
      await notePeriods(ports.pool, periods);
      await tellRuns(ports);
      /** @returns whether there was one, and a clock to do it by */
      const doRun = async (begin: (now: Date) => Promise<RetentionRun | null>): Promise<boolean> => {
        const now = new Date(ports.nowMs());
        const run = (await isTrusted(now.getTime())) ? await begin(now) : null;
        if (run !== null) await carryOut(ports, { task: tasks[run.task], limits, now }, run, signal);
        return run !== null;
      };
      const doAsked = (): Promise<boolean> =>
        doRun(async (now) => {
          const run = await takeRun(ports.pool, now, servedLast);
          if (run !== null) servedLast = run.tenantId;
          return run;
        });
      const endsMs = performance.now() + askedMsMax;
      let isAsked = await doAsked();
      const due = await readDue();
      while (due.length > 0 || (isAsked && performance.now() < endsMs)) {
        const name = due.shift();
        if (name !== undefined) await doRun((now) => beginRun(ports.pool, name, now));
        isAsked = await doAsked();
      }
    },
  };
}

interface LimitedTask {
  readonly task: RunTask;
  readonly limits: NonNullable<ScopeOptions["limits"]>;
  /** What it decides by, however long it lasts. */
  readonly now: Date;
}

async function carryOut(
  ports: RetentionPorts,
  { task, limits, now }: LimitedTask,
  run: RetentionRun,
  signal: AbortSignal,
): Promise<void> {
  const { tenantId, isDryRun } = run;
  const readLoad = loadReader(ports.pool);
  const restFactor = async (): Promise<number> => restFactors[(await readLoad()).syncs];
  const beganMs = performance.now();
  const turnEndsMs = beganMs + (!run.isAsked && (await readLoad()).isAwaited ? turnMs : 0);
  const makesWay = async (): Promise<boolean> =>
    !run.isAsked && performance.now() >= turnEndsMs && (await readLoad()).isAwaited;
  const resumeAfter = await readResumePoint(ports.pool, run);
  const earlier = await readRemoved(ports.pool, run);
  const pace = { restFactor, makesWay, limits, resumeAfter };
  const scope = new RetentionScope({ now, tenantId, isDryRun, runId: run.id, earlier, signal, ...pace });
  const end = async (state: EndOfRun["state"], failure: string | null): Promise<void> => {
    const by = { "millrace.task": run.task, "millrace.outcome": state };
    retentionRunSeconds.record((performance.now() - beganMs) / 1_000, by);
    const endedAt = endOf(now, performance.now() - beganMs, ports.nowMs());
    await endRun(ports.pool, run, { state, failure, endedAt }, scope);
    tell(ports, run, scope);
    await tellRuns(ports);
  };
  try {
    await task(ports, scope);
  } catch (error) {
    const failure = wordsOf(error).slice(0, 500);
    await end(signal.aborted ? "stopped" : "failed", failure);
    if (signal.aborted) throw error;
    ports.log.warn(
      { event: "retention.failed", task: run.task, run: run.id, err: error },
      "retention failed",
    );
    return;
  }
  await end("completed", null);
}

/** As the clock tells it, unless that was set meanwhile: then by how much time has passed. */
function endOf(began: Date, passedMs: number, toldMs: number): Date {
  const beganMs = began.getTime();
  return new Date(Math.min(Math.max(toldMs, beganMs), beganMs + passedMs));
}

function tell({ log }: RetentionPorts, run: RetentionRun, scope: RetentionScope): void {
  const { counts, bytes } = scope.removed();
  if (run.isDryRun || Object.keys(counts).length === 0) return;
  if (bytes > 0) retentionRemovedBytes.add(bytes, { "millrace.task": run.task });
  for (const [kind, count] of Object.entries(counts)) retentionRemoved.add(count, { "millrace.kind": kind });
  log.info({ event: "retention.removed", task: run.task, run: run.id, ...counts, bytes }, "removed");
}

/** A store that is away says in its cause what an operator is to do. */
function wordsOf(error: unknown): string {
  const why = error instanceof BlobStoreAwayError && error.cause instanceof Error ? error.cause : error;
  return why instanceof Error ? why.message : String(why);
}
