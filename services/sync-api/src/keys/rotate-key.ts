import { newId } from "@millrace/shared/events/identifiers";
import type { Scope } from "../access/caller.ts";
import { hashSecret, hintOf, newSecret } from "../access/secret.ts";
import type { Api, ApiPorts } from "../api.ts";
import { notFound, problemResponses } from "../http/problem.ts";
import { keyIdSchema, newApiKeySchema, rotationRequestSchema } from "../resources/api-key.ts";
import { isoOrNull } from "../resources/time.ts";
import { tenantBases, tenantIdOf } from "../tenants/tenant-bases.ts";
import { requireEnd, requireGrantable } from "./grantable.ts";
import { isAlive, type KeyRow, keyColumns, keyOfRow } from "./key-rows.ts";

const findSql = `
  select scopes, expires_at as "expiresAt" from api_keys where tenant_id = $1 and id = $2 and ${isAlive}`;

/** The old one ends after the overlap, or when it would have ended anyway. Both happen, or none. */
const sql = `
  with old as (
    select id, name, scopes, expires_at from api_keys where tenant_id = $1 and id = $2 and ${isAlive} for update
  ),
  ended as (
    update api_keys set expires_at = least(api_keys.expires_at, now() + make_interval(secs => $3))
    from old where api_keys.id = old.id
  )
  insert into api_keys (id, tenant_id, name, key_hash, hint, scopes, expires_at, replaces)
  select $4, $1, name, $5, $6, scopes, $7, old.id from old
  returning ${keyColumns}`;

export function rotateKey(app: Api, { pool }: ApiPorts): void {
  for (const { base, access, params, suffix } of tenantBases) {
    app.post(
      `${base}/keys/:keyId/rotate`,
      {
        config: access,
        schema: {
          summary: `Make a key's successor, with an overlap${suffix}`,
          description:
            "It has the same name and scopes. The old one goes on for `overlapSeconds`, then it ends.",
          tags: ["keys"],
          params: params.extend({ keyId: keyIdSchema }),
          body: rotationRequestSchema,
          response: { 201: newApiKeySchema, ...problemResponses },
        },
      },
      async (request, reply) => {
        const { keyId } = request.params as { readonly keyId: string };
        const tenantId = tenantIdOf(request);
        const found = await pool
          .of(tenantId)
          .query<{ scopes: Scope[]; expiresAt: Date | null }>(findSql, [tenantId, keyId]);
        const missing = notFound("key that has not ended", `${base}/keys`);
        if (found.rows[0] === undefined) throw missing;
        requireGrantable(request.caller, found.rows[0].scopes);
        const { overlapSeconds, expiresAt } = request.body;
        const asked = expiresAt === undefined ? isoOrNull(found.rows[0].expiresAt) : expiresAt;
        const endsAt = requireEnd(request.caller, asked);
        const key = newSecret("key");
        const secret = [newId("key"), hashSecret(key), hintOf(key)];
        const { rows } = await pool
          .of(tenantId)
          .query<KeyRow>(sql, [tenantId, keyId, overlapSeconds, ...secret, endsAt]);
        const [row] = rows;
        if (row === undefined) throw missing;
        reply.code(201);
        return { ...keyOfRow(row), key };
      },
    );
  }
}
