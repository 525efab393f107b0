import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { notFound, problemResponses } from "../http/problem.ts";
import { messageParamsSchema, messageQuerySchema } from "../messages/get-message.ts";
import { attachmentSchema } from "../resources/attachment.ts";
import { attachmentOf, readAttachments } from "./attachment-rows.ts";

/** A message has at most 1,000 of them: no pages. */
export function listAttachments(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/messages/:id/attachments",
    {
      schema: {
        summary: "A message's attachments, in its order",
        tags: ["messages"],
        params: messageParamsSchema,
        querystring: messageQuerySchema,
        response: { 200: z.object({ items: z.array(attachmentSchema) }), ...problemResponses },
      },
    },
    async ({ tenantId, params: { id }, query }) => {
      const includeDeleted = query.includeDeleted === "true";
      const rows = await readAttachments(pool, { tenantId, messageId: id, partId: null, includeDeleted });
      if (rows === null) throw notFound("message", "/v1/accounts/:id/messages");
      return { items: rows.map(attachmentOf) };
    },
  );
}
