import { accountIdSchema } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { cursorParam, decodeCursor, limitParam, pageOf } from "../http/cursor.ts";
import { problemResponses } from "../http/problem.ts";
import { accountSchema } from "../resources/account.ts";
import { pageOfSchema } from "../resources/page.ts";
import { plainText } from "../resources/plain-text.ts";
import { type AccountRow, accountColumns, accountOf, accountTables } from "./account-rows.ts";

/** Ids sort by the time at which they were made. */
const sql = `
  select ${accountColumns} from ${accountTables}
  where a.tenant_id = $1 and ($2::text is null or lower(a.email) = lower($2)) and ($3::text is null or a.id > $3)
  order by a.id
  limit $4`;

const cursorSchema = z.tuple([accountIdSchema]);

export function listAccounts(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/accounts",
    {
      config: { browser: true },
      schema: {
        summary: "Connected mailboxes, in the order in which they were connected",
        tags: ["accounts"],
        querystring: z.strictObject({
          email: plainText(1, 320)
            .optional()
            .describe("Only this address; upper and lower case are the same"),
          limit: limitParam(50, 200),
          cursor: cursorParam,
        }),
        response: { 200: pageOfSchema(accountSchema), ...problemResponses },
      },
    },
    async ({ tenantId, query: { email, limit, cursor } }) => {
      const [after] = decodeCursor(cursor, cursorSchema) ?? [null];
      const { rows } = await pool
        .of(tenantId)
        .query<AccountRow>(sql, [tenantId, email ?? null, after, limit + 1]);
      return pageOf(rows, limit, accountOf, (row) => [row.id]);
    },
  );
}
