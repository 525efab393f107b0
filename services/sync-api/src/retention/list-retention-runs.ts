import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { cursorParam, decodeCursor, limitParam, pageOf } from "../http/cursor.ts";
import { problemResponses } from "../http/problem.ts";
import { whoseOf } from "../overview/owners.ts";
import { pageOfSchema } from "../resources/page.ts";
import { retentionRunSchema, retentionStateSchema, retentionTaskSchema } from "../resources/retention-run.ts";
import { type RunRow, runColumns, runOf } from "./run-rows.ts";

/** Ids sort by the time at which they were made. */
const operatorSql = `
  select ${runColumns} from retention_runs
  where ($1::text is null or task = $1) and ($2::text is null or id < $2) and ($4::text is null or state = $4)
  order by id desc
  limit $3`;

/** What the tenant has asked for, and of everybody's runs those that have removed something of it, with no more than that. */
const tenantSql = `
  select * from (
    (
      select ${runColumns} from retention_runs
      where tenant_id = $5 and ($1::text is null or task = $1) and ($2::text is null or id < $2)
        and ($4::text is null or state = $4)
      order by id desc limit $3
    )
    union all
    (
      select run_id, task, null, dry_run, null, 'completed', started_at, started_at, ended_at, removed, bytes::float8, null, done
      from retention_run_tenants p
      where tenant_id = $5 and ($1::text is null or task = $1) and ($2::text is null or run_id < $2)
        and ($4::text is null or $4 = 'completed')
        and not exists (select from retention_runs r where r.tenant_id = $5 and r.id = p.run_id)
      order by run_id desc limit $3
    )
  ) as runs
  order by id desc
  limit $3`;

const cursorSchema = z.tuple([z.string().max(64)]);

export function listRetentionRuns(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/retention/runs",
    {
      config: { operator: true },
      schema: {
        summary: "What retention has removed, the newest run first",
        description:
          "A tenant sees the runs that it has asked for, and those of schedules that have removed something of it, with what " +
          "that was.",
        tags: ["retention"],
        querystring: z.strictObject({
          task: retentionTaskSchema.optional(),
          state: retentionStateSchema.optional(),
          limit: limitParam(50, 200),
          cursor: cursorParam,
        }),
        response: { 200: pageOfSchema(retentionRunSchema), ...problemResponses },
      },
    },
    async (request) => {
      const { task, state, limit, cursor } = request.query;
      const [before] = decodeCursor(cursor, cursorSchema) ?? [null];
      const values = [task ?? null, before, limit + 1, state ?? null];
      const whose = whoseOf(request);
      const { rows } =
        whose === null
          ? await pool.ofAll().query<RunRow>(operatorSql, values)
          : await pool.of(whose).query<RunRow>(tenantSql, [...values, whose]);
      return pageOf(rows, limit, runOf, (row) => [row.id]);
    },
  );
}
