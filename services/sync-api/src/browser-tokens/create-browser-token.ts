import { newId } from "@millrace/shared/events/identifiers";
import { hashSecret, newSecret } from "../access/secret.ts";
import type { Api, ApiPorts } from "../api.ts";
import { ApiProblem, problemResponses } from "../http/problem.ts";
import { browserTokenRequestSchema, browserTokenSchema } from "../resources/browser-token.ts";
import { isoOf } from "../resources/time.ts";
import { findSync } from "../syncs/get-sync.ts";

const sql = `
  insert into browser_tokens (id, tenant_id, key_id, token_hash, sync_id, expires_at)
  values ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
  returning expires_at as "expiresAt"`;

/** For pages of the tenant's own front end: its server makes one for each visitor and hands it to the page. */
export function createBrowserToken(app: Api, { pool }: ApiPorts): void {
  app.post(
    "/v1/browser-tokens",
    {
      config: { scope: "read" },
      schema: {
        summary: "Make a token with which a page may watch",
        description:
          "It opens syncs, their streams and chunks, accounts and their quota, to look at; of one sync only that one. It " +
          "ends by itself, and with the key that it was made with.",
        tags: ["keys"],
        body: browserTokenRequestSchema,
        response: { 201: browserTokenSchema, ...problemResponses },
      },
    },
    async ({ caller, tenantId, body: { syncId, expiresInSeconds } }, reply) => {
      if (caller?.kind !== "key") throw new ApiProblem("forbidden", "This takes a key of a tenant (mr_…).");
      if (syncId !== undefined) await findSync(pool, tenantId, syncId);
      const token = newSecret("browser");
      const values = [newId("brt"), tenantId, caller.id, hashSecret(token), syncId ?? null, expiresInSeconds];
      const { rows } = await pool.of(tenantId).query<{ expiresAt: Date }>(sql, values);
      reply.code(201);
      return { token, syncId: syncId ?? null, expiresAt: isoOf(rows[0]?.expiresAt ?? new Date()) };
    },
  );
}
