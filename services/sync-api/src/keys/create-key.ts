import { newId } from "@millrace/shared/events/identifiers";
import { hashSecret, hintOf, newSecret } from "../access/secret.ts";
import type { Api, ApiPorts } from "../api.ts";
import { ApiProblem, problemResponses } from "../http/problem.ts";
import { apiKeyRequestSchema, newApiKeySchema } from "../resources/api-key.ts";
import { tenantBases, tenantIdOf } from "../tenants/tenant-bases.ts";
import { findTenant } from "../tenants/tenant-rows.ts";
import { requireEnd, requireGrantable } from "./grantable.ts";
import { isAlive, type KeyRow, keyColumns, keyOfRow } from "./key-rows.ts";

/** Of one tenant, that open something. */
const keysMax = 100;

const sql = `
  insert into api_keys (id, tenant_id, name, key_hash, hint, scopes, expires_at)
  select $1, $2, $3, $4, $5, $6, $7
  where (select count(*) from api_keys where tenant_id = $2 and ${isAlive}) < ${keysMax}
  returning ${keyColumns}`;

export function createKey(app: Api, { pool }: ApiPorts): void {
  for (const { base, access, params, suffix } of tenantBases) {
    app.post(
      `${base}/keys`,
      {
        config: access,
        schema: {
          summary: `Make an API key${suffix}`,
          description: "The key is in the answer, and nowhere else: only its hash is kept.",
          tags: ["keys"],
          params,
          body: apiKeyRequestSchema,
          response: { 201: newApiKeySchema, ...problemResponses },
        },
      },
      async (request, reply) => {
        const { name, scopes } = request.body;
        requireGrantable(request.caller, scopes);
        const expiresAt = requireEnd(request.caller, request.body.expiresAt);
        const tenantId = tenantIdOf(request);
        await findTenant(pool, tenantId);
        const key = newSecret("key");
        const values = [newId("key"), tenantId, name, hashSecret(key), hintOf(key), scopes, expiresAt];
        const { rows } = await pool.of(tenantId).query<KeyRow>(sql, values);
        const [row] = rows;
        if (row === undefined)
          throw new ApiProblem("too_many_keys", `A tenant has ${keysMax} keys at most. Revoke some first.`);
        reply.code(201);
        return { ...keyOfRow(row), key };
      },
    );
  }
}
