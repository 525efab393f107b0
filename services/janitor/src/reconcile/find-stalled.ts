import type { FactOf } from "@millrace/shared/events/facts";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { readSituation } from "@millrace/shared/steps/sync-situation";
import {
  isMissingAny,
  isNotStarting,
  type MissingWork,
  missingTwice,
  missingWork,
  nothingMissing,
  stalledFact,
} from "./decide-stalled.ts";
import { endIfUnlisted } from "./end-if-unlisted.ts";
import { type ReconcilerPorts, unlessItFails } from "./reconciler-ports.ts";

const syncsPerRun = 1_000;
const confirmAfterMs = 2_000;

const idleSyncsSql = `
  select s.id as "syncId", s.tenant_id as "tenantId", s.account_id as "accountId", s.status
  from syncs s
  where s.ended_at is null and s.status in ('running', 'queued')
    and (s.status = 'running' or waits_in_line(s.account_id) is not true)
    and coalesce(
      (select e.happened_at from events e where e.sync_id = s.id order by e.epoch desc, e.seq desc limit 1),
      s.created_at
    ) <= now() - make_interval(secs => $1)
  order by s.created_at
  limit $2`;

interface IdleSync extends AccountRef {
  readonly syncId: string;
  readonly status: "running" | "queued";
}

/**
 * Compares what the log says is outstanding with what is queued or claimed. What is missing is said in a fact, and
 * the chunker plans it anew (rule I5). Looks only at syncs that have not moved for a while, and do not wait for others of
 * their tenant.
 *
 * @returns how many syncs had stalled
 */
export async function findStalled(ports: ReconcilerPorts, signal: AbortSignal): Promise<number> {
  const { rows } = await ports.pool.ofAll().query<IdleSync>(idleSyncsSql, [ports.idleSeconds, syncsPerRun]);
  const suspects: { readonly sync: IdleSync; readonly missing: MissingWork }[] = [];
  for (const sync of rows) {
    if (signal.aborted) return 0;
    const missing = await unlessItFails(ports, { "sync.id": sync.syncId }, () => lookAt(ports, sync));
    if (missing !== null && isMissingAny(missing)) suspects.push({ sync, missing });
  }
  if (suspects.length === 0) return 0;
  await ports.sleep(confirmAfterMs, signal);
  let stalled = 0;
  for (const { sync, missing } of suspects) {
    const isStalled = await unlessItFails(ports, { "sync.id": sync.syncId }, () =>
      confirm(ports, sync, missing),
    );
    if (isStalled === true) stalled++;
  }
  return stalled;
}

/** The queue is read before the log: what is settled in between is not missed. */
async function lookAt(
  { queue, state }: ReconcilerPorts,
  { syncId, ...account }: IdleSync,
): Promise<MissingWork> {
  const queued = await queue.keysOf(account, syncId);
  const situation = await readSituation(state, account, syncId);
  if (situation !== null) return missingWork(situation, queued);
  const { course } = await state.course(account);
  return { ...nothingMissing, isUnended: isNotStarting({ course }, syncId) };
}

async function confirm(ports: ReconcilerPorts, sync: IdleSync, first: MissingWork): Promise<boolean> {
  const missing = missingTwice(first, await lookAt(ports, sync));
  if (!isMissingAny(missing)) return false;
  if (await endIfUnlisted(ports, sync, missing)) return true;
  const { tenantId, accountId, syncId } = sync;
  const fact: FactOf<"sync.stalled"> = stalledFact(syncId, missing);
  await ports.append({
    kind: "append",
    ref: { tenantId, accountId },
    eventId: `${syncId}.stalled.${ports.nowMs()}`,
    expectedSeq: null,
    fact,
  });
  ports.log.warn({ event: "reconciler.stalled", "sync.id": syncId, ...missing }, "work was put back");
  return true;
}
