import { Readable } from "node:stream";
import type { PutBlob } from "@millrace/shared/blobs/blob-store";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { isMatch } from "../http/byte-range.ts";
import { clientSignal } from "../http/client-signal.ts";
import { attachmentDisposition } from "../http/content-disposition.ts";
import { notFound, problemResponses } from "../http/problem.ts";
import { safeMediaType } from "../http/safe-media-type.ts";
import { streamedBody } from "../http/streamed-body.ts";
import { messageParamsSchema, messageQuerySchema } from "../messages/get-message.ts";
import { plainText } from "../resources/plain-text.ts";
import { type AttachmentRow, partOfId, readAttachments } from "./attachment-rows.ts";
import { createContentSource } from "./content-source.ts";
import { type AskedContent, notMatched, sendBlob } from "./send-blob.ts";

const paramsSchema = messageParamsSchema.extend({
  aid: plainText(1, 255).describe("The attachment's id, as the list has it"),
});
const headersSchema = z.object({
  range: z.string().optional().describe("One range of bytes; served of content that is kept"),
  "if-range": z.string().optional(),
  "if-match": z.string().optional(),
  "if-none-match": z.string().optional(),
});
const bytes = (description: string) => ({
  description,
  content: { "application/octet-stream": { schema: streamedBody } },
});
const schema = {
  summary: "An attachment's content",
  description:
    'What is kept is served with ranges and an entity tag. What is not is fetched first: accounts with attachments "lazy" ' +
    'or "eager" keep it; with "metadata" it is passed through from the provider as it comes, whole.',
  tags: ["messages"],
  produces: ["application/octet-stream"],
  params: paramsSchema,
  querystring: messageQuerySchema,
  headers: headersSchema,
  response: {
    200: bytes("The content"),
    206: bytes("The range of it that was asked for"),
    304: z.null().describe("It is the one that If-None-Match names"),
    ...problemResponses,
  },
};

const unreadMsMax = 60_000;

interface Asked {
  readonly tenantId: string;
  readonly params: z.infer<typeof paramsSchema>;
  readonly query: z.infer<typeof messageQuerySchema>;
  readonly headers: z.infer<typeof headersSchema>;
  readonly method: string;
}

/** Content comes from strangers: it is sent as a file to save, and as nothing that a browser would show. */
export function downloadAttachment(app: Api, ports: ApiPorts): void {
  const url = "/v1/messages/:id/attachments/:aid";
  const contents = createContentSource(ports);

  async function download(
    { tenantId, params, query, headers, method }: Asked,
    reply: FastifyReply,
  ): Promise<void> {
    const rows = await readAttachments(ports.pool, {
      tenantId,
      messageId: params.id,
      partId: partOfId(params.aid),
      includeDeleted: query.includeDeleted === "true",
    });
    const row = rows?.[0];
    if (row === undefined) throw notFound("attachment", "/v1/messages/:id/attachments");
    reply
      .type(safeMediaType(row.mimeType))
      .header("content-disposition", attachmentDisposition(row.filename));
    const signal = clientSignal(reply);
    try {
      await send(row, { ...headers, method, signal }, reply);
    } catch (error) {
      if (signal.aborted)
        reply.hijack(); // nobody is there to tell
      else throw asProblem(error, reply);
    }
  }

  async function send(row: AttachmentRow, asked: AskedContent, reply: FastifyReply): Promise<void> {
    const kept = await findKept(row);
    if (kept !== null) return sendBlob(ports.blobs, kept, asked, reply);
    if (row.mode === "metadata" && !isMatch(asked["if-match"], null)) throw notMatched(null);
    if (asked.method === "HEAD") {
      reply.header("accept-ranges", row.mode === "metadata" ? "none" : "bytes").send();
    } else if (row.mode === "metadata") {
      const content = await contents.pass(row, asked.signal);
      // A reader who does not read holds one of few places.
      reply.raw.setTimeout(unreadMsMax, () => reply.raw.destroy());
      reply.header("accept-ranges", "none").send(Readable.from(content, { objectMode: false }));
    } else {
      await sendBlob(ports.blobs, await contents.keep(row, asked.signal), asked, reply);
    }
  }

  /** What the store has lost is fetched anew. */
  async function findKept({ sha256 }: AttachmentRow): Promise<PutBlob | null> {
    const sizeBytes = sha256 === null ? null : await ports.blobs.has(sha256);
    return sha256 === null || sizeBytes === null ? null : { sha256, sizeBytes };
  }

  app.get(url, { schema, exposeHeadRoute: false }, async (request, reply) => {
    await download(request, reply);
    return reply.sent ? undefined : reply; // a stream is on its way
  });
  app.head(url, { schema: { ...schema, hide: true } }, async (request, reply) => {
    await download(request, reply);
    return reply.sent ? undefined : reply;
  });
}

/** What describes the file must not describe the problem that comes in its place. */
function asProblem(error: unknown, reply: FastifyReply): unknown {
  for (const name of ["content-disposition", "content-length", "content-range", "accept-ranges", "etag"])
    reply.removeHeader(name);
  return error;
}
