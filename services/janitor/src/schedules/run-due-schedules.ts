import type { AccountRef } from "@millrace/shared/events/subjects";
import type { PoolClient } from "@millrace/shared/postgres/create-pool";
import { inTransaction } from "@millrace/shared/postgres/in-transaction";
import { withRootSpan } from "@millrace/shared/telemetry/with-span";
import { withLabels } from "@millrace/shared/telemetry/work-labels";
import { type ReconcilerPorts, unlessItFails } from "../reconcile/reconciler-ports.ts";
import { claimDueRuns } from "./claim-due-runs.ts";
import { type DueRun, decideRun, mayLookFirst, type RunDecision } from "./decide-run.ts";
import type { IntervalLimits } from "./next-interval.ts";

export interface SchedulePorts extends Pick<ReconcilerPorts, "pool" | "log" | "nowMs" | "publishRequest"> {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly limits: IntervalLimits;
  /** Whether a mailbox has changed since a watermark; null: not known. Absent: nobody can be asked. */
  readonly hasChanged?: (ref: AccountRef, watermark: string, signal: AbortSignal) => Promise<boolean | null>;
}

/** A batch holds its rows while the provider is asked: few enough that this is short. */
export const runsPerBatch = 16;
const lookMsMax = 5_000;

const moveSql = `
  update schedules s set next_run_at = run.next_run_at, last_run_at = $1, interval_seconds = run.interval_seconds,
    last_sync_id = coalesce(run.sync_id, s.last_sync_id),
    last_asked_at = case when run.sync_id is null then s.last_asked_at else $1 end
  from unnest($2::text[], $3::timestamptz[], $4::integer[], $5::text[])
    as run (account_id, next_run_at, interval_seconds, sync_id)
  where s.account_id = run.account_id`;

/**
 * Claims schedules that are due, asks for their syncs, and moves them on, in one transaction. A request is published
 * before the commit: a crash in between asks for the same sync again. A run that cannot be published stays due.
 *
 * @returns how many were claimed, and how many of them were moved on
 */
export async function runDueSchedules(
  ports: SchedulePorts,
  signal: AbortSignal,
): Promise<{ readonly claimed: number; readonly moved: number }> {
  return inTransaction(ports.pool.ofAll(), async (client) => {
    const due = await claimDueRuns(client, ports.nowMs(), runsPerBatch);
    const decided = await withinTime(signal, (looking) =>
      Promise.all(
        due.map((run) =>
          unlessItFails(ports, { ...run.ref }, () =>
            traced(run, () => carryOut(ports, run, signal, looking)),
          ),
        ),
      ),
    );
    const moved = due.flatMap((run, i) => {
      const decision = decided[i] ?? null;
      return decision === null ? [] : [{ run, decision }];
    });
    if (moved.length > 0) await move(client, moved, ports.nowMs());
    return { claimed: due.length, moved: moved.length };
  });
}

/** One timer for the whole batch, which ends with it: timers that run out by themselves cost more than they seem to. */
async function withinTime<T>(signal: AbortSignal, act: (looking: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error("The provider took too long")), lookMsMax);
  try {
    return await act(AbortSignal.any([signal, late.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/** Each run by itself: what follows from it has nothing to do with the others of its turn. */
function traced<T>({ ref }: DueRun, work: () => Promise<T>): Promise<T> {
  const labels = { "tenant.id": ref.tenantId, "account.id": ref.accountId };
  return withLabels(labels, () => withRootSpan("run schedule", work));
}

async function carryOut(
  ports: SchedulePorts,
  run: DueRun,
  signal: AbortSignal,
  looking: AbortSignal,
): Promise<RunDecision> {
  const hasChanged = await look(ports, run, signal, looking);
  const moment = { nowMs: ports.nowMs(), random: ports.random() };
  const decision = decideRun(run, hasChanged, moment, ports.limits);
  if (decision.request !== null) await ports.publishRequest(run.ref, decision.request);
  return decision;
}

/** Whatever keeps us from looking is found, and told, by the sync. */
async function look(
  { hasChanged, nowMs, log }: SchedulePorts,
  run: DueRun,
  signal: AbortSignal,
  looking: AbortSignal,
): Promise<boolean | null> {
  if (hasChanged === undefined || run.watermark === null || !mayLookFirst(run, nowMs())) return null;
  try {
    return await hasChanged(run.ref, run.watermark, looking);
  } catch (error) {
    if (signal.aborted) throw error;
    log.debug({ err: error, ...run.ref }, "cannot look for changes, a sync does");
    return null;
  }
}

async function move(
  client: PoolClient,
  moved: readonly { readonly run: DueRun; readonly decision: RunDecision }[],
  nowMs: number,
): Promise<void> {
  const decisions = moved.map(({ decision }) => decision);
  await client.query({
    name: "move-schedules",
    text: moveSql,
    values: [
      new Date(nowMs),
      moved.map(({ run }) => run.ref.accountId),
      decisions.map(({ nextRunMs }) => (nextRunMs === null ? null : new Date(nextRunMs))),
      decisions.map(({ intervalSeconds }) => intervalSeconds),
      decisions.map(({ request }) => request?.syncId ?? null),
    ],
  });
}
