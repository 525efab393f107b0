import type { RetentionPorts } from "../retention-ports.ts";
import type { RetentionScope } from "../retention-scope.ts";
import { findDueSyncs, type SyncPeriods } from "./find-due-syncs.ts";
import { forgetSyncs } from "./forget-syncs.ts";
import { removeForgotten } from "./remove-forgotten.ts";

const lookEveryMs = 200;
/** What the projection has not heard of by then is removed by the next run. */
const lookMsMax = 20_000;

type Ports = Pick<RetentionPorts, "pool" | "append" | "sleep">;

/** Forgets syncs that have had their time, and removes what belongs to them. */
export async function removeOldSyncs(
  ports: Ports,
  periods: SyncPeriods,
  scope: RetentionScope,
): Promise<void> {
  if (!scope.isDryRun) await removeLeft(ports, scope); // of a run that was cut off
  for (;;) {
    const due = await findDueSyncs(ports.pool, scope.now, periods, scope.tenantId);
    if (scope.isDryRun) {
      for (const { tenantId } of due) scope.count("syncs", tenantId, 1);
      return;
    }
    if (due.length === 0) return;
    for (const [accountId, ofAccount] of Map.groupBy(due, (sync) => sync.accountId)) {
      await scope.pause();
      await forgetSyncs(ports, { tenantId: ofAccount[0]?.tenantId ?? "", accountId }, ofAccount);
    }
    if (
      !(await untilProjected(
        ports,
        due.map(({ syncId }) => syncId),
        scope,
      ))
    )
      return;
    await removeLeft(ports, scope);
  }
}

async function removeLeft({ pool }: Ports, scope: RetentionScope): Promise<void> {
  await removeForgotten(pool, scope.signal, async ({ tenantId, syncIds, rows }) => {
    scope.count("syncs", tenantId, syncIds.length);
    for (const [kind, count] of Object.entries(rows)) scope.count(kind, tenantId, count);
    await scope.pause();
  });
}

const leftSql = "select count(*)::integer as count from syncs where id = any($1)";

async function untilProjected(
  { pool, sleep }: Ports,
  syncIds: readonly string[],
  { signal }: RetentionScope,
): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < lookMsMax; waitedMs += lookEveryMs) {
    const { rows } = await pool.ofAll().query<{ count: number }>(leftSql, [syncIds]);
    if (rows[0]?.count === 0) return true;
    await sleep(lookEveryMs, signal);
  }
  return false;
}
