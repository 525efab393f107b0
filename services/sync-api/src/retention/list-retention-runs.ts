import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { cursorParam, decodeCursor, limitParam, pageOf } from "../http/cursor.ts";
import { problemResponses } from "../http/problem.ts";
import { whoseOf } from "../overview/owners.ts";
import { pageOfSchema } from "../resources/page.ts";
import { retentionRunSchema, retentionStateSchema, retentionTaskSchema } from "../resources/retention-run.ts";
import { type RunRow, runColumns, runOf } from "./run-rows.ts";

/** Ids sort by the time at which they were made. Whoever has asked for a run wants to see how it ended, also with nothing. */
const operatorSql = `
  select ${runColumns} from retention_runs
  where ($1::text is null or task = $1) and ($2::text is null or id < $2) and ($4::text is null or state = $4)
    and ($5::boolean or state <> 'completed' or removed <> '{}' or id = (
      select id from retention_runs where asked_by is not null and ($1::text is null or task = $1) order by id desc limit 1
    ))
  order by id desc
  limit $3`;

/** What the tenant has asked for, and of everybody's runs those that have removed something of it, with no more than that. */
const tenantSql = `
  select * from (
    (
      select ${runColumns} from retention_runs
      where tenant_id = $5 and ($1::text is null or task = $1) and ($2::text is null or id < $2)
        and ($4::text is null or state = $4)
        and ($6::boolean or not dry_run or state <> 'completed' or removed <> '{}')
      order by id desc limit $3
    )
    union all
    (
      select run_id, task, null, dry_run, case when by_operator then 'operator' end, 'completed', started_at, started_at, ended_at, removed, bytes::float8, null, done
      from retention_run_tenants p
      where tenant_id = $5 and not running and ($1::text is null or task = $1) and ($2::text is null or run_id < $2)
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
          "A tenant sees the runs that it has asked for, and those of schedules and of operators that have removed " +
          "something of it, with what that was.",
        tags: ["retention"],
        querystring: z.strictObject({
          task: retentionTaskSchema.optional(),
          state: retentionStateSchema.optional(),
          includeEmpty: z
            .enum(["true", "false"])
            .default("true")
            .describe(
              "false: without completed runs that found nothing: for an operator all but the newest that was asked for, for a tenant dry runs",
            ),
          limit: limitParam(50, 200),
          cursor: cursorParam,
        }),
        response: { 200: pageOfSchema(retentionRunSchema), ...problemResponses },
      },
    },
    async (request) => {
      const { task, state, includeEmpty, limit, cursor } = request.query;
      const [before] = decodeCursor(cursor, cursorSchema) ?? [null];
      const values = [task ?? null, before, limit + 1, state ?? null];
      const whose = whoseOf(request);
      const { rows } =
        whose === null
          ? await pool.ofAll().query<RunRow>(operatorSql, [...values, includeEmpty === "true"])
          : await pool.of(whose).query<RunRow>(tenantSql, [...values, whose, includeEmpty === "true"]);
      return pageOf(rows, limit, runOf, (row) => [row.id]);
    },
  );
}
