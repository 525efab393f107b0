import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { cursorParam, cursorTime, cursorTimeSql, decodeCursor, limitParam, pageOf } from "../http/cursor.ts";
import { problemResponses } from "../http/problem.ts";
import { letterIdSchema, letterSchema, letterStateSchema } from "../resources/dead-letter.ts";
import { pageOfSchema } from "../resources/page.ts";
import { chunkIndexSchema, letterFilterShape, letterFilterSql, letterFilterValues } from "./letter-filter.ts";
import { type LetterRow, letterColumns, letterOf } from "./letter-rows.ts";

/** $9 rows, $10 and $11 the cursor's time and id */
const sql = `
  select ${letterColumns}, ${cursorTimeSql("d.created_at")} as "createdKey"
  from dead_letters d
  where ${letterFilterSql} and ($11::text is null or (d.created_at, d.id) < ($10::timestamptz, $11::text))
  order by d.created_at desc, d.id desc
  limit $9`;

interface Row extends LetterRow {
  readonly createdKey: string;
}

const cursorSchema = z.tuple([cursorTime, letterIdSchema]);

export function listDeadLetters(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/dead-letters",
    {
      schema: {
        summary: "Messages that were set aside, newest first",
        tags: ["dead letters"],
        querystring: z.strictObject({
          ...letterFilterShape,
          chunkIndex: z.coerce.number().pipe(chunkIndexSchema).optional(),
          state: letterStateSchema.default("open"),
          limit: limitParam(50, 200),
          cursor: cursorParam,
        }),
        response: { 200: pageOfSchema(letterSchema), ...problemResponses },
      },
    },
    async ({ tenantId, query: { limit, cursor, ...filter } }) => {
      const [createdKey, id] = decodeCursor(cursor, cursorSchema) ?? [null, null];
      const values = [...letterFilterValues(tenantId, filter), limit + 1, createdKey, id];
      const { rows } = await pool.of(tenantId).query<Row>(sql, values);
      return pageOf(rows, limit, letterOf, (row) => [row.createdKey, row.id]);
    },
  );
}
