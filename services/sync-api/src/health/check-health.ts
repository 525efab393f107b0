import { setTimeout as sleep } from "node:timers/promises";
import { BrokerRefusesError } from "@millrace/shared/nats/ping-broker";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { ApiProblem, problemResponses } from "../http/problem.ts";

const answerMsMax = 2_000;

const partsSchema = z.object({ postgres: z.string(), nats: z.string(), projector: z.string() });

/** For supervisors: whether the process is up, and whether it can do its work. */
export function checkHealth(app: Api, { pool, pingBroker, isProjecting, log }: ApiPorts): void {
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
      const [postgres, nats] = await Promise.all([
        answers(pool.ofNobody().query("select 1"), log),
        answers(pingBroker(), log),
      ]);
      const parts = { postgres, nats, projector: isProjecting() ? "ok" : "failing" };
      const missing = Object.entries(parts).filter(([, state]) => state !== "ok");
      if (missing.length === 0) return { status: "ready" as const, parts };
      const detail = missing.map(([part, state]) => `${part}: ${state}`).join(", ");
      throw new ApiProblem("not_ready", `Not ready: ${detail}.`, { extras: { parts } });
    },
  );
}

async function answers(asked: Promise<unknown>, log: ApiPorts["log"]): Promise<"ok" | "away" | "refusing"> {
  const timeout = new AbortController();
  const overdue = sleep(answerMsMax, "away" as const, { signal: timeout.signal }).catch(
    () => "away" as const,
  );
  const answer = asked.then(
    () => "ok" as const,
    (error: unknown) => {
      log.debug({ err: error }, "a part does not answer");
      return error instanceof BrokerRefusesError ? ("refusing" as const) : ("away" as const);
    },
  );
  try {
    return await Promise.race([answer, overdue]);
  } finally {
    timeout.abort();
  }
}
