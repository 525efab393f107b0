import type { AccountRef } from "@millrace/shared/events/subjects";
import type { AcceptedRequest } from "@millrace/shared/events/sync-request";
import { isRequestUnreached } from "@millrace/shared/postgres/is-request-unreached";
import { type ReconcilerPorts, unlessItFails } from "./reconciler-ports.ts";

const requestsPerRun = 500;
const againAfterSeconds = 60;

/** Accepted, and no fact has reached it: the API died before it published, or the broker lost it. */
const unstartedSql = `
  select sync_id as "syncId", tenant_id as "tenantId", account_id as "accountId", request
  from sync_requests r
  where created_at <= now() - make_interval(secs => $1)
    and created_at > now() - interval '35 days'
    and coalesce(republished_at, '-infinity') <= now() - make_interval(secs => $2)
    and ${isRequestUnreached("r")}
  order by created_at
  limit $3`;

const republishedSql = `update sync_requests set republished_at = now() where sync_id = $1`;

interface Unstarted extends AccountRef {
  readonly syncId: string;
  readonly request: AcceptedRequest;
}

/**
 * Publishes requests again that were accepted and never started. That does no harm when they are only late: the log
 * decides on each once.
 *
 * @returns how many were published
 */
export async function republishRequests(ports: ReconcilerPorts): Promise<number> {
  const values = [ports.idleSeconds, againAfterSeconds, requestsPerRun];
  const { rows } = await ports.pool.ofAll().query<Unstarted>(unstartedSql, values);
  let published = 0;
  for (const { syncId, tenantId, accountId, request } of rows) {
    const ref = { tenantId, accountId };
    const done = await unlessItFails(ports, { "sync.id": syncId }, async () => {
      await ports.publishRequest(ref, request);
      await ports.append({
        kind: "append",
        ref,
        eventId: `${syncId}.republished.${ports.nowMs()}`,
        expectedSeq: null,
        fact: {
          type: "request.republished",
          syncId,
          reason: "accepted, but no fact has reached it",
        },
      });
      await ports.pool.of(tenantId).query(republishedSql, [syncId]);
      return true;
    });
    if (done === true) published++;
  }
  if (published > 0)
    ports.log.warn({ event: "reconciler.republished", published }, "requests were published again");
  return published;
}

const repairsSql = `
  select tenant_id as "tenantId", account_id as "accountId", reason, since from repairs order by since limit $1`;

/** Unless another repair was noted meanwhile. What is read of a time has no more than milliseconds. */
const repairedSql = `delete from repairs where account_id = $1 and date_trunc('milliseconds', since) = $2`;

interface Repair extends AccountRef {
  readonly reason: string;
  readonly since: Date;
}

/**
 * Asks for a sync of each account whose stored mail may be older than the log says, because the database was restored
 * from a backup. It lists anew and skips what is stored, so it fetches exactly what is missing.
 */
export async function requestRepairs(ports: ReconcilerPorts): Promise<number> {
  const { rows } = await ports.pool.ofAll().query<Repair>(repairsSql, [requestsPerRun]);
  let requested = 0;
  for (const { tenantId, accountId, since } of rows) {
    const done = await unlessItFails(ports, { "account.id": accountId }, async () => {
      const at = since.toISOString();
      await ports.publishRequest(
        { tenantId, accountId },
        {
          syncId: `repair-${since.getTime()}`,
          mode: "full",
          trigger: "reconciler",
          requestedAt: at,
          notBefore: at,
        },
      );
      await ports.pool.of(tenantId).query(repairedSql, [accountId, since]);
      return true;
    });
    if (done === true) requested++;
  }
  return requested;
}
