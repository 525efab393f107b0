import type { RetentionPorts } from "../retention-ports.ts";
import type { RetentionScope } from "../retention-scope.ts";
import { untilProjected } from "../until-projected.ts";
import { findDueSyncs, type SyncPeriods } from "./find-due-syncs.ts";
import { forgetSyncs } from "./forget-syncs.ts";
import { removeForgotten } from "./remove-forgotten.ts";

type Ports = Pick<RetentionPorts, "pool" | "append" | "sleep">;

/** Forgets syncs that have had their time, and removes what belongs to them. */
export async function removeOldSyncs(
  ports: Ports,
  periods: SyncPeriods,
  scope: RetentionScope,
): Promise<void> {
  if (!scope.isDryRun) await removeForgotten(ports.pool, scope); // of a run that was cut off
  for (;;) {
    const due = await findDueSyncs(ports.pool, scope.now, periods, scope.tenantId);
    if (scope.isDryRun) {
      for (const { tenantId } of due) scope.count("syncs", tenantId, 1);
      return;
    }
    if (due.length === 0) return;
    for (const [accountId, ofAccount] of Map.groupBy(due, (sync) => sync.accountId)) {
      await scope.pause();
      if (!scope.mayGoOn()) return;
      await forgetSyncs(ports, { tenantId: ofAccount[0]?.tenantId ?? "", accountId }, ofAccount);
    }
    const syncIds = due.map(({ syncId }) => syncId);
    if (!(await untilProjected(ports, "syncs", syncIds, scope))) return scope.leaveRest();
    await removeForgotten(ports.pool, scope);
  }
}
