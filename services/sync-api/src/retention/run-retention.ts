import { newId } from "@millrace/shared/events/identifiers";
import { retentionTaskNames } from "@millrace/shared/retention/retention-task-names";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { problemResponses } from "../http/problem.ts";
import { scopeOf, whoseOf } from "../overview/owners.ts";
import { retentionRequestSchema, retentionRunSchema } from "../resources/retention-run.ts";
import { type RunRow, runColumns, runOf } from "./run-rows.ts";

const sql = `
  insert into retention_runs (id, task, tenant_id, dry_run, asked_by, state)
  select asked.id, asked.task, $3, $4, $5, 'requested' from unnest($1::text[], $2::text[]) as asked (id, task)
  returning ${runColumns}`;

/** What concerns content that is nobody's alone, or Millrace itself, no tenant can have done. */
const operatorsTasks: ReadonlySet<string> = new Set(["blobs", "retention-runs"]);

export function runRetention(app: Api, { pool }: ApiPorts): void {
  app.post(
    "/v1/retention/run",
    {
      config: { scope: "admin", operator: true },
      schema: {
        summary: "Have what has had its time removed now",
        description:
          "202: the janitor does it within seconds, one run after the other; `GET /v1/retention/runs` tells what came of " +
          "it. A tenant's key has it done for the tenant, an operator's for everybody.",
        tags: ["retention"],
        body: retentionRequestSchema,
        response: { 202: z.object({ runs: z.array(retentionRunSchema) }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { task, dryRun } = request.body;
      const whose = whoseOf(request);
      const all = retentionTaskNames.filter((name) => whose === null || !operatorsTasks.has(name));
      const tasks = task === undefined ? all : [task];
      // Ids sort by the time at which they were made, and so do these, in the order of the tasks.
      const ids = tasks.map(() => newId("ret")).sort();
      const values = [ids, tasks, whose, dryRun, request.caller?.id ?? null];
      const { rows } = await scopeOf(pool, whose).query<RunRow>(sql, values);
      return reply.code(202).send({ runs: rows.map(runOf) });
    },
  );
}
