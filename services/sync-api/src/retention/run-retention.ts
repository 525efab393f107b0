import { type RetentionTaskName, retentionTaskNames } from "@millrace/shared/retention/retention-task-names";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { ApiProblem, problemResponses } from "../http/problem.ts";
import { whoseOf } from "../overview/owners.ts";
import { retentionRequestSchema, retentionRunSchema } from "../resources/retention-run.ts";
import { askForRuns } from "./ask-for-runs.ts";
import { runOf } from "./run-rows.ts";

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
          "it. A tenant's key has it done for the tenant, an operator's for everybody. Where a run waits that does the same " +
          "(task, tenant, `dryRun`), the answer names that one, with who asked for it, and no other is made. Those of tenants " +
          "are taken in turn. 403 `forbidden`: a tenant's key names a task that is about no single tenant (`blobs`, " +
          "`retention-runs`); without a task they are left out.",
        tags: ["retention"],
        body: retentionRequestSchema,
        response: { 202: z.object({ runs: z.array(retentionRunSchema) }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { task, dryRun } = request.body;
      const whose = whoseOf(request);
      if (whose !== null && task !== undefined && operatorsTasks.has(task)) throw notATenants(task);
      const all = retentionTaskNames.filter((name) => whose === null || !operatorsTasks.has(name));
      const tasks = task === undefined ? all : [task];
      const askedBy = request.caller?.id ?? null;
      const runs = await askForRuns(pool, { tasks, whose, dryRun, askedBy });
      return reply.code(202).send({ runs: runs.map(runOf) });
    },
  );
}

const notATenants = (task: RetentionTaskName): ApiProblem =>
  new ApiProblem(
    "forbidden",
    `The task ${task} is about no single tenant, so it takes an operator's key (mro_…). Without a task all that are a tenant's are done.`,
  );
