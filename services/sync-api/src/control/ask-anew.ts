import type { ApiPorts } from "../api.ts";
import { publishSaved, type RequestedSync, saveRequest } from "../syncs/save-request.ts";
import type { KnownSync } from "./find-known-sync.ts";

/** So many retries of one sync end before it is time to ask for a sync of one's own. */
const retriesMax = 1_000;

const endedSql = "select from syncs where id = $1 and tenant_id = $2 and ended_at is not null";

/**
 * Asks for a sync of the same scope. While one that was asked for so has not ended, asking again gives that one.
 *
 * @returns its id
 */
export async function askAnew(ports: ApiPorts, { ref, row, request }: KnownSync): Promise<string> {
  const body: RequestedSync =
    request === null
      ? { accountId: ref.accountId, mode: row.requestedMode ?? "auto", ...row.scope }
      : {
          accountId: ref.accountId,
          mode: request.mode,
          chunkSize: request.chunkSize,
          query: request.query,
          labelIds: request.labelIds,
          repairOf: request.repairOf,
        };
  for (let retries = 0; retries < retriesMax; retries++) {
    // A line feed cannot stand in a header: no client's own key is like this.
    const saved = await saveRequest(
      ports.pool.of(ref.tenantId),
      ref.tenantId,
      body,
      `retry\n${row.id}\n${retries}`,
    );
    const { syncId } = saved.request;
    const ended = await ports.pool.of(ref.tenantId).query(endedSql, [syncId, ref.tenantId]);
    if (ended.rowCount !== 0) continue;
    if (!saved.isKnown) await publishSaved(ports, ref, saved.request, "Repeating it is safe.");
    return syncId;
  }
  throw new Error(`The sync ${row.id} was retried ${retriesMax} times`);
}
