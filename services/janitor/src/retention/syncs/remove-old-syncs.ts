import type { RetentionPorts } from "../retention-ports.ts";
import type { RetentionScope } from "../retention-scope.ts";
import { untilProjected } from "../until-projected.ts";
import {
  countDueSyncs,
  findDueSyncs,
  pagesOfAccounts,
  type SyncPeriods,
  syncsMax,
} from "./find-due-syncs.ts";
import { forgetSyncs } from "./forget-syncs.ts";
import { removeForgotten } from "./remove-forgotten.ts";

type Ports = Pick<RetentionPorts, "pool" | "append" | "sleep">;

/** Forgets syncs that have had their time, and removes what belongs to them, some accounts after the others. */
export async function removeOldSyncs(
  ports: Ports,
  periods: SyncPeriods,
  scope: RetentionScope,
): Promise<void> {
  const { pool } = ports;
  if (!scope.isDryRun) await removeForgotten(pool, scope); // of a run that was cut off
  for await (const accountIds of pagesOfAccounts(pool, scope.tenantId, scope.resumeAfter)) {
    await scope.pause();
    if (scope.isDryRun) {
      const due = await countDueSyncs(pool, scope.now, periods, accountIds);
      for (const { tenantId, count } of due) scope.count("syncs", tenantId, count);
      continue;
    }
    if (!scope.mayGoOn() || !(await removeDue(ports, periods, accountIds, scope))) return;
    scope.reach(accountIds.at(-1) ?? "");
  }
}

/** @returns false when something is left for the next run */
async function removeDue(
  ports: Ports,
  periods: SyncPeriods,
  accountIds: readonly string[],
  scope: RetentionScope,
): Promise<boolean> {
  for (;;) {
    const due = await findDueSyncs(ports.pool, scope.now, periods, accountIds);
    if (due.length === 0) return true;
    const told: string[] = [];
    for (const [accountId, found] of Map.groupBy(due, (sync) => sync.accountId)) {
      await scope.pause();
      if (!scope.mayGoOn()) return false;
      const ref = { tenantId: found[0]?.tenantId ?? "", accountId };
      // Anew: their tenant may have come to keep them for longer while other accounts had their turns.
      const ofAccount = await findDueSyncs(ports.pool, scope.now, periods, [accountId]);
      told.push(...(await forgetSyncs(ports, ref, ofAccount)));
    }
    if (!(await untilProjected(ports, "syncs", told, scope))) {
      scope.leaveRest();
      return false;
    }
    await removeForgotten(ports.pool, scope);
    if (!scope.isDone) return false;
    if (due.length < syncsMax) return true;
  }
}
