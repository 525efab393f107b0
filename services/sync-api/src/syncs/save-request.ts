import { createHash } from "node:crypto";
import { newSyncId } from "@millrace/shared/events/identifiers";
import type { AcceptedRequest } from "@millrace/shared/events/sync-request";
import { BrokerUnavailableError } from "@millrace/shared/nats/publish-request";
import type { Queries } from "@millrace/shared/postgres/create-pool";
import { isRequestUnreached } from "@millrace/shared/postgres/is-request-unreached";
import { whyUnchanged } from "../accounts/find-kept-account.ts";
import type { ApiPorts } from "../api.ts";
import { ApiProblem } from "../http/problem.ts";
import type { SyncRequestBody } from "../resources/sync.ts";

const retryAfterSeconds = "5";

/** What is asked for. Only the API itself asks for repairs. */
export interface RequestedSync extends SyncRequestBody {
  readonly repairOf?: string | undefined;
}

/** Only for an account of the tenant, and only for a key that was not used: else no row comes back. */
const insertSql = `
  insert into sync_requests (sync_id, tenant_id, account_id, idempotency_key, body_hash, request, created_at)
  select $3, $1, accounts.id, $4, $5, $6, $7 from accounts
  where tenant_id = $1 and id = $2 and removing_at is null
  on conflict (tenant_id, idempotency_key) do nothing
  returning request, false as "isKnown"`;

const replaySql = `
  select request, body_hash = $3 as "isSameBody",
    not (${isRequestUnreached("sync_requests")}) as "isKnown"
  from sync_requests where tenant_id = $1 and idempotency_key = $2`;

interface SavedRequest {
  readonly request: AcceptedRequest;
  /** A fact has reached it: it needs no publishing any more. */
  readonly isKnown: boolean;
}

/**
 * Writes a request down before it is published. The same key again gives the same request.
 *
 * @throws {ApiProblem} not_found when the tenant has no such account; account_removing; idempotency_mismatch
 */
export async function saveRequest(
  database: Queries,
  tenantId: string,
  { accountId, ...body }: RequestedSync,
  idempotencyKey: string | null,
): Promise<SavedRequest> {
  const requestedAt = new Date().toISOString();
  const syncId = newSyncId({ tenantId, accountId });
  const request: AcceptedRequest = { syncId, trigger: "api", requestedAt, ...body };
  const bodyHash = hashBody({ accountId, ...body });
  const values = [
    tenantId,
    accountId,
    request.syncId,
    idempotencyKey,
    bodyHash,
    JSON.stringify(request),
    requestedAt,
  ];
  const inserted = await database.query<SavedRequest>(insertSql, values);
  if (inserted.rows[0] !== undefined) return inserted.rows[0];
  const replay =
    idempotencyKey === null ? null : await findReplay(database, tenantId, idempotencyKey, bodyHash);
  if (replay === null) throw await whyUnchanged(database, tenantId, accountId);
  return replay;
}

async function findReplay(
  database: Queries,
  tenantId: string,
  idempotencyKey: string,
  bodyHash: Buffer,
): Promise<SavedRequest | null> {
  const { rows } = await database.query<SavedRequest & { isSameBody: boolean }>(replaySql, [
    tenantId,
    idempotencyKey,
    bodyHash,
  ]);
  const [row] = rows;
  if (row === undefined) return null;
  if (row.isSameBody) return row;
  throw new ApiProblem(
    "idempotency_mismatch",
    `This key named the sync ${row.request.syncId} with another body. Take a new key for a new request.`,
    { extras: { syncId: row.request.syncId } },
  );
}

/** Of what the body means, not of its bytes: order of fields and absent defaults make no difference. */
function hashBody({ accountId, mode, chunkSize, query, labelIds, repairOf }: RequestedSync): Buffer {
  const meaning = [accountId, mode, chunkSize ?? null, query ?? null, labelIds ?? null];
  const whole = repairOf === undefined ? meaning : [...meaning, repairOf];
  return createHash("sha256").update(JSON.stringify(whole)).digest();
}

/** @throws {ApiProblem} broker_unavailable */
export async function publishSaved(
  { publishRequest }: Pick<ApiPorts, "publishRequest">,
  ref: { readonly tenantId: string; readonly accountId: string },
  request: AcceptedRequest,
  remedy: string,
): Promise<void> {
  try {
    await publishRequest(ref, request);
  } catch (error) {
    if (!(error instanceof BrokerUnavailableError)) throw error;
    throw new ApiProblem("broker_unavailable", `The broker did not acknowledge the request. ${remedy}`, {
      cause: error,
      extras: { syncId: request.syncId },
      headers: { "retry-after": retryAfterSeconds },
    });
  }
}
