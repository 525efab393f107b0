import { setTimeout as sleep } from "node:timers/promises";
import { isDecided, isUnderWay } from "@millrace/shared/events/evolve-course";
import type { CourseFact } from "@millrace/shared/events/facts";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { AcceptedRequest } from "@millrace/shared/events/sync-request";
import type { CourseAt } from "@millrace/shared/state/sync-state";
import type { ApiPorts } from "../api.ts";
import { hasEnded, type SyncStatus } from "../resources/sync.ts";
import { findSync } from "../syncs/get-sync.ts";
import type { SyncRow } from "../syncs/sync-rows.ts";

/** How long the views may take to tell how a sync ended that the log says has ended. */
const lagMsMax = 1_500;
const lookAgainMs = 100;

const requestSql = "select request from sync_requests where sync_id = $1 and tenant_id = $2";

/** A sync as Postgres and the log know it. */
export interface KnownSync extends CourseAt {
  readonly ref: AccountRef;
  readonly row: SyncRow;
  readonly request: AcceptedRequest | null;
  /** How it ended, when the log's newest fact says so. */
  readonly endedAs: SyncStatus | null;
}

/**
 * Reads a sync for a decision about it. Only when the log says that it has ended and the views do not know how, they
 * are waited for, for a moment.
 *
 * @throws {ApiProblem} not_found, also for another tenant's
 */
export async function findKnownSync(
  { pool, syncState, eventLog }: Pick<ApiPorts, "pool" | "syncState" | "eventLog">,
  tenantId: string,
  syncId: string,
): Promise<KnownSync> {
  const startedMs = performance.now();
  for (;;) {
    const row = await findSync(pool, tenantId, syncId);
    const ref = { tenantId, accountId: row.accountId };
    const at = await syncState.course(ref);
    const isEndHidden =
      isDecided(at.course, syncId) && !isUnderWay(at.course, syncId) && !hasEnded({ status: row.status });
    const endedAs = isEndHidden ? endOf((await eventLog.lastCourseFact(ref)).fact, syncId) : null;
    if (!isEndHidden || endedAs !== null || performance.now() - startedMs > lagMsMax) {
      const { rows } = await pool
        .of(tenantId)
        .query<{ request: AcceptedRequest }>(requestSql, [syncId, tenantId]);
      return { ...at, ref, row, request: rows[0]?.request ?? null, endedAs };
    }
    await sleep(lookAgainMs);
  }
}

function endOf(fact: CourseFact | null, syncId: string): SyncStatus | null {
  if (fact === null || !("syncId" in fact) || fact.syncId !== syncId) return null;
  switch (fact.type) {
    case "sync.completed":
      return fact.status;
    case "sync.failed":
      return "failed";
    case "sync.cancelled":
      return "cancelled";
    case "sync.coalesced":
      return "coalesced";
    default:
      return null;
  }
}
