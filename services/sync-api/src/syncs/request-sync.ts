import { createHash } from "node:crypto";
import { newSyncId } from "@millrace/shared/events/identifiers";
import type { AcceptedRequest } from "@millrace/shared/events/sync-request";
import { BrokerUnavailableError } from "@millrace/shared/nats/publish-request";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { ApiProblem, notFound, problemResponses } from "../http/problem.ts";
import {
  type SyncRequestBody,
  syncAcceptedSchema,
  syncLinks,
  syncRequestBodySchema,
} from "../resources/sync.ts";

const retryAfterSeconds = "5";

/** Only for an account of the tenant, and only for a key that was not used: else no row comes back. */
const insertSql = `
  insert into sync_requests (sync_id, tenant_id, account_id, idempotency_key, body_hash, request, created_at)
  select $3, $1, accounts.id, $4, $5, $6, $7 from accounts where tenant_id = $1 and id = $2
  on conflict (tenant_id, idempotency_key) do nothing
  returning request, false as "isKnown"`;

const replaySql = `
  select request, body_hash = $3 as "isSameBody",
    exists (select from syncs where id = sync_id) as "isKnown"
  from sync_requests where tenant_id = $1 and idempotency_key = $2`;

interface SavedRequest {
  readonly request: AcceptedRequest;
  /** A fact has reached it: it needs no publishing any more. */
  readonly isKnown: boolean;
}

/**
 * Accepts a sync: the request is written down, then published; 202 is said when the stream has it. With an
 * idempotency key, whoever asks again gets the same sync, and the request is published again unless a fact
 * shows that it arrived: publishing twice is harmless, and an attempt that broke off in between is made good.
 */
export function requestSync(app: Api, ports: ApiPorts): void {
  app.post(
    "/v1/syncs",
    {
      schema: {
        summary: "Ask for a sync",
        description: "Answers when the request is safe in the broker. Follow `links.stream` to watch it.",
        tags: ["syncs"],
        headers: z.looseObject({
          "idempotency-key": z
            .string()
            .min(1)
            .max(255)
            .optional()
            .describe("The same key and body again name the same sync; another body is a problem"),
        }),
        body: syncRequestBodySchema,
        response: { 202: syncAcceptedSchema, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { tenantId, body } = request;
      const saved = await saveRequest(ports.pool, tenantId, body, request.headers["idempotency-key"] ?? null);
      const { syncId } = saved.request;
      if (!saved.isKnown) await publish(ports, { tenantId, accountId: body.accountId }, saved.request);
      reply.code(202).header("location", syncLinks(syncId).self);
      return { syncId, status: "requested" as const, links: syncLinks(syncId) };
    },
  );
}

async function saveRequest(
  pool: Pool,
  tenantId: string,
  { accountId, ...body }: SyncRequestBody,
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
  const inserted = await pool.query<SavedRequest>(insertSql, values);
  if (inserted.rows[0] !== undefined) return inserted.rows[0];
  if (idempotencyKey === null) throw notFound("account");
  return findReplay(pool, tenantId, idempotencyKey, bodyHash);
}

async function findReplay(
  pool: Pool,
  tenantId: string,
  idempotencyKey: string,
  bodyHash: Buffer,
): Promise<SavedRequest> {
  const { rows } = await pool.query<SavedRequest & { isSameBody: boolean }>(replaySql, [
    tenantId,
    idempotencyKey,
    bodyHash,
  ]);
  const [row] = rows;
  if (row === undefined) throw notFound("account");
  if (row.isSameBody) return row;
  throw new ApiProblem(
    "idempotency_mismatch",
    `This key named the sync ${row.request.syncId} with another body. Take a new key for a new request.`,
    { extras: { syncId: row.request.syncId } },
  );
}

/** Of what the body means, not of its bytes: order of fields and absent defaults make no difference. */
function hashBody({ accountId, mode, chunkSize, query, labelIds }: SyncRequestBody): Buffer {
  const meaning = [accountId, mode, chunkSize ?? null, query ?? null, labelIds ?? null];
  return createHash("sha256").update(JSON.stringify(meaning)).digest();
}

async function publish(
  { publishRequest }: ApiPorts,
  ref: { readonly tenantId: string; readonly accountId: string },
  request: AcceptedRequest,
): Promise<void> {
  try {
    await publishRequest(ref, request);
  } catch (error) {
    if (!(error instanceof BrokerUnavailableError)) throw error;
    throw new ApiProblem(
      "broker_unavailable",
      "The broker did not acknowledge the request. Send it again with the same Idempotency-Key.",
      { cause: error, extras: { syncId: request.syncId }, headers: { "retry-after": retryAfterSeconds } },
    );
  }
}
