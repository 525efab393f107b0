import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { untilShown } from "../control/until-shown.ts";
import { problemResponses } from "../http/problem.ts";
import { letterIdSchema } from "../resources/dead-letter.ts";
import { redrivenSchema } from "../resources/redriven.ts";
import { letterFilterShape } from "./letter-filter.ts";
import { lettersPerCall, openLetters, redriveAll } from "./redrive-letters.ts";

const bodySchema = z
  .strictObject({
    ...letterFilterShape,
    state: z.enum(["open", "redriving"]).default("open"),
    ids: z.array(letterIdSchema).min(1).max(1_000).optional(),
    all: z
      .literal(true)
      .optional()
      .describe("Says that no account, sync, category or ids are meant to narrow it"),
  })
  .refine(
    ({ accountId, syncId, category, ids, all }) =>
      all === true || [accountId, syncId, category, ids].some((part) => part !== undefined),
    'needs one of accountId, syncId, category or ids, or "all": true',
  )
  .meta({ id: "RedriveRequest" });

export function redriveDeadLetters(app: Api, ports: ApiPorts): void {
  app.post(
    "/v1/dead-letters/redrive",
    {
      schema: {
        summary: "Try dead letters again, by filter",
        description:
          `The open ones that match, or with \`state\` those that are redriven already. Takes ${lettersPerCall} at ` +
          "most; ask again for more. A partial sync completes when its last dead letter has found its mail.",
        tags: ["dead letters"],
        body: bodySchema,
        response: { 202: redrivenSchema, ...problemResponses },
      },
    },
    async ({ id: requestId, tenantId, body: { all: _all, ...filter } }, reply) => {
      const { newestSeq, ...answer } = await redriveAll(ports, requestId, openLetters(tenantId, filter));
      reply.code(202);
      return { ...answer, version: await untilShown(ports, newestSeq) };
    },
  );
}
