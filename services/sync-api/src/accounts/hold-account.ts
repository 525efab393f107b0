import type { Api, ApiPorts } from "../api.ts";
import { problemResponses } from "../http/problem.ts";
import { accountSchema, holdRequestSchema } from "../resources/account.ts";
import { whyUnchanged } from "./find-kept-account.ts";
import { accountParamsSchema, findAccount } from "./get-account.ts";

const holdSql = `
  update accounts set held_at = coalesce(held_at, now()), held_reason = $3, updated_at = now()
  where tenant_id = $1 and id = $2 and removing_at is null`;
const endSql = `
  update accounts set held_at = null, held_reason = null, updated_at = now() where tenant_id = $1 and id = $2`;

const response = { 200: accountSchema, ...problemResponses };

/** A legal hold: retention removes nothing of the account while it lasts. */
export function holdAccount(app: Api, { pool }: ApiPorts): void {
  app.put(
    "/v1/accounts/:id/hold",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Hold an account",
        description:
          "Nothing of it is removed by age until the hold ends, and it cannot be removed. What facts have " +
          "forgotten before (`syncs.forgotten`, `dead_letters.forgotten`) is gone. Held once more it gets the new reason.",
        tags: ["accounts"],
        params: accountParamsSchema,
        body: holdRequestSchema,
        response,
      },
    },
    async ({ tenantId, params: { id }, body: { reason } }) => {
      const { rowCount } = await pool.of(tenantId).query(holdSql, [tenantId, id, reason]);
      if (rowCount === 0) throw await whyUnchanged(pool.of(tenantId), tenantId, id);
      return findAccount(pool.of(tenantId), tenantId, id);
    },
  );
  app.delete(
    "/v1/accounts/:id/hold",
    {
      config: { scope: "admin" },
      schema: {
        summary: "End an account's hold",
        description: "What has had its time meanwhile is removed by the next run of retention.",
        tags: ["accounts"],
        params: accountParamsSchema,
        response,
      },
    },
    async ({ tenantId, params: { id } }) => {
      await pool.of(tenantId).query(endSql, [tenantId, id]);
      return findAccount(pool.of(tenantId), tenantId, id);
    },
  );
}
