import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { cursorParam, decodeCursor, limitParam, pageOf } from "../http/cursor.ts";
import { problemResponses } from "../http/problem.ts";
import { apiKeySchema, keyIdSchema } from "../resources/api-key.ts";
import { pageOfSchema } from "../resources/page.ts";
import { tenantBases, tenantIdOf } from "../tenants/tenant-bases.ts";
import { type KeyRow, keyColumns, keyOfRow } from "./key-rows.ts";

const sql = `
  select ${keyColumns} from api_keys
  where tenant_id = $1 and ($2::text is null or id > $2)
  order by id
  limit $3`;

const cursorSchema = z.tuple([keyIdSchema]);

export function listKeys(app: Api, { pool }: ApiPorts): void {
  for (const { base, access, params, suffix } of tenantBases) {
    app.get(
      `${base}/keys`,
      {
        config: access,
        schema: {
          summary: `API keys, revoked ones included, by their ids${suffix}`,
          tags: ["keys"],
          params,
          querystring: z.strictObject({ limit: limitParam(50, 200), cursor: cursorParam }),
          response: { 200: pageOfSchema(apiKeySchema), ...problemResponses },
        },
      },
      async (request) => {
        const { limit, cursor } = request.query;
        const [after] = decodeCursor(cursor, cursorSchema) ?? [null];
        const tenantId = tenantIdOf(request);
        const { rows } = await pool.of(tenantId).query<KeyRow>(sql, [tenantId, after, limit + 1]);
        return pageOf(rows, limit, keyOfRow, (row) => [row.id]);
      },
    );
  }
}
