import type { Api, ApiPorts } from "../api.ts";
import { notFound, problemResponses } from "../http/problem.ts";
import { apiKeySchema, keyIdSchema } from "../resources/api-key.ts";
import { tenantBases, tenantIdOf } from "../tenants/tenant-bases.ts";
import { type KeyRow, keyColumns, keyOfRow } from "./key-rows.ts";

const sql = `
  update api_keys set revoked_at = coalesce(revoked_at, now()) where tenant_id = $1 and id = $2
  returning ${keyColumns}`;

/** Revoked keys stay in the list, so that the audit trail's names can be read. Again does no harm. */
export function revokeKey(app: Api, { pool }: ApiPorts): void {
  for (const { base, access, params, suffix } of tenantBases) {
    app.delete(
      `${base}/keys/:keyId`,
      {
        config: access,
        schema: {
          summary: `Revoke an API key, and the browser tokens that were made with it${suffix}`,
          tags: ["keys"],
          params: params.extend({ keyId: keyIdSchema }),
          response: { 200: apiKeySchema, ...problemResponses },
        },
      },
      async (request) => {
        const { keyId } = request.params as { readonly keyId: string };
        const tenantId = tenantIdOf(request);
        const { rows } = await pool.of(tenantId).query<KeyRow>(sql, [tenantId, keyId]);
        const [row] = rows;
        if (row === undefined) throw notFound("key", `${base}/keys`);
        return keyOfRow(row);
      },
    );
  }
}
