import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { ApiProblem, problemResponses } from "../http/problem.ts";

const partsSchema = z.record(z.string(), z.string());

/** For supervisors: whether the process is up, and whether it can do its work. */
export function checkHealth(app: Api, { readiness }: ApiPorts): void {
  app.get(
    "/healthz",
    {
      schema: {
        summary: "Whether the process is up",
        tags: ["health"],
        security: [],
        response: { 200: z.object({ status: z.literal("up") }) },
      },
    },
    async () => ({ status: "up" as const }),
  );

  app.get(
    "/readyz",
    {
      schema: {
        summary: "Whether requests can be served, and which part is missing",
        tags: ["health"],
        security: [],
        response: {
          200: z.object({ status: z.literal("ready"), parts: partsSchema }),
          "5xx": problemResponses["5xx"],
        },
      },
    },
    async () => {
      const { isReady, parts, reasons } = await readiness.check();
      if (isReady) return { status: "ready" as const, parts };
      throw new ApiProblem("not_ready", `Not ready: ${reasons.join(", ")}.`, { extras: { parts } });
    },
  );
}
