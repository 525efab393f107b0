import type { Api, ApiPorts } from "../api.ts";
import { untilShown } from "../control/until-shown.ts";
import { problemResponses } from "../http/problem.ts";
import { redrivenSchema } from "../resources/redriven.ts";
import { findLetter, letterParamsSchema, settledLetter } from "./get-dead-letter.ts";
import { redriveAll } from "./redrive-letters.ts";

export function redriveDeadLetter(app: Api, ports: ApiPorts): void {
  app.post(
    "/v1/dead-letters/:id/redrive",
    {
      schema: {
        summary: "Try a dead letter again",
        description:
          "Its message is fetched again with a new budget, whatever became of its sync. One that is redriven " +
          "already is put back once more, which does no harm; one that is settled is 409.",
        tags: ["dead letters"],
        params: letterParamsSchema,
        response: { 202: redrivenSchema, ...problemResponses },
      },
    },
    async ({ id: requestId, tenantId, params: { id } }, reply) => {
      const { state } = await findLetter(ports.pool, tenantId, id);
      if (state === "resolved" || state === "discarded") throw settledLetter(state);
      const selection = { tenantId, filter: { ids: [id] } };
      const { newestSeq, ...answer } = await redriveAll(ports, requestId, selection);
      reply.code(202);
      return { ...answer, version: await untilShown(ports, newestSeq) };
    },
  );
}
