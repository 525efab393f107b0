import type { Api, ApiPorts } from "../api.ts";
import { notFound, problemResponses } from "../http/problem.ts";
import { accountChangeSchema, accountSchema } from "../resources/account.ts";
import { accountParamsSchema, findAccount } from "./get-account.ts";

const changeSql = `
  update accounts set attachments = coalesce($3, attachments), updated_at = now()
  where tenant_id = $1 and id = $2`;

/** Changes how an account is synced; what is not named stays. */
export function changeAccount(app: Api, { pool }: ApiPorts): void {
  app.patch(
    "/v1/accounts/:id",
    {
      schema: {
        summary: "Change how a mailbox is synced",
        description:
          "What is not named stays as it is. Attachments: what is kept already stays kept, and what was stored before " +
          '"eager" is fetched when it is asked for.',
        tags: ["accounts"],
        params: accountParamsSchema,
        body: accountChangeSchema,
        response: { 200: accountSchema, ...problemResponses },
      },
    },
    async ({ tenantId, params: { id }, body: { attachments } }) => {
      const { rowCount } = await pool.query(changeSql, [tenantId, id, attachments ?? null]);
      if (rowCount === 0) throw notFound("account", "/v1/accounts");
      return findAccount(pool, tenantId, id);
    },
  );
}
