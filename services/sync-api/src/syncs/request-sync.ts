import { addLabels } from "@millrace/shared/telemetry/work-labels";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { problemResponses } from "../http/problem.ts";
import { syncAcceptedSchema, syncLinks, syncRequestBodySchema } from "../resources/sync.ts";
import { publishSaved, saveRequest } from "./save-request.ts";

/**
 * Accepts a sync: the request is written down, then published; 202 is said when the stream has it. With an
 * idempotency key, whoever asks again gets the same sync, and the request is published again unless a fact
 * shows that it arrived: publishing twice is harmless, and an attempt that broke off in between is made good.
 */
export function requestSync(app: Api, ports: ApiPorts): void {
  app.post(
    "/v1/syncs",
    {
      schema: {
        summary: "Ask for a sync",
        description: "Answers when the request is safe in the broker. Follow `links.stream` to watch it.",
        tags: ["syncs"],
        headers: z.looseObject({
          "idempotency-key": z
            .string()
            .min(1)
            .max(255)
            .optional()
            .describe(
              "The same key and body again name the same sync, for 30 days; another body is a problem",
            ),
        }),
        body: syncRequestBodySchema,
        response: { 202: syncAcceptedSchema, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { tenantId, body } = request;
      const saved = await saveRequest(
        ports.pool.of(tenantId),
        tenantId,
        body,
        request.headers["idempotency-key"] ?? null,
      );
      const { syncId } = saved.request;
      addLabels({ "account.id": body.accountId, "sync.id": syncId });
      if (!saved.isKnown) {
        const ref = { tenantId, accountId: body.accountId };
        await publishSaved(ports, ref, saved.request, "Send it again with the same Idempotency-Key.");
      }
      reply.code(202).header("location", syncLinks(syncId).self);
      return { syncId, status: "requested" as const, links: syncLinks(syncId) };
    },
  );
}
