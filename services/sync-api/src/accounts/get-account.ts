import { accountIdSchema } from "@millrace/shared/events/identifiers";
import type { Queries } from "@millrace/shared/postgres/create-pool";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { notFound, problemResponses } from "../http/problem.ts";
import { type Account, accountSchema } from "../resources/account.ts";
import { type AccountRow, accountColumns, accountOf, accountTables } from "./account-rows.ts";

export const accountParamsSchema = z.object({ id: accountIdSchema });

const sql = `select ${accountColumns} from ${accountTables} where a.tenant_id = $1 and a.id = $2`;

/** @throws {ApiProblem} not_found, also for another tenant's */
export async function findAccount(database: Queries, tenantId: string, accountId: string): Promise<Account> {
  const { rows } = await database.query<AccountRow>({
    name: "get-account",
    text: sql,
    values: [tenantId, accountId],
  });
  const [row] = rows;
  if (row === undefined) throw notFound("account", "/v1/accounts");
  return accountOf(row);
}

export function getAccount(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/accounts/:id",
    {
      config: { browser: true },
      schema: {
        summary: "One connected mailbox",
        tags: ["accounts"],
        params: accountParamsSchema,
        response: { 200: accountSchema, ...problemResponses },
      },
    },
    async ({ tenantId, params }) => findAccount(pool.of(tenantId), tenantId, params.id),
  );
}
