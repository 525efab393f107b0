import { Readable } from "node:stream";
import { z } from "zod";
import { findKeptAccount } from "../accounts/find-kept-account.ts";
import { accountParamsSchema } from "../accounts/get-account.ts";
import type { Api, ApiPorts } from "../api.ts";
import { ApiProblem, problemResponses } from "../http/problem.ts";
import { streamedBody } from "../http/streamed-body.ts";
import { exportLines } from "./export-lines.ts";
import { exportMbox } from "./export-mbox.ts";

/** Exports that one process sends at once: each reads the database as fast as its client takes it. */
const exportsMax = 8;

const formats = {
  jsonl: { mediaType: "application/jsonl", extension: "jsonl" },
  mbox: { mediaType: "application/mbox", extension: "mbox" },
} as const;

/**
 * Streams all that is held on an account. Nothing is held for it between two reads, no connection and no snapshot: one of
 * hours would keep the whole database from being tidied up. A client that leaves ends it.
 */
export function exportAccount(app: Api, { pool, blobs }: ApiPorts): void {
  let running = 0;
  app.get(
    "/v1/accounts/:id/export",
    {
      exposeHeadRoute: false,
      config: { isNoted: true },
      schema: {
        summary: "Everything that is held on an account, as one file",
        description:
          "jsonl: a line for each object, with its `kind`: account (without credentials), label, message (headers, bodies, " +
          "attachments with their SHA-256), sync, dead_letter, event, and at last `end` with how many there were; without " +
          "that line the file is not whole. mbox (RFC 4155, mboxrd quoting): the messages, to the byte where those are " +
          "kept, but for line ends; others are put together from what is held, and have the header " +
          "`X-Millrace-Reconstructed`. Messages that are marked as deleted are held, and therefore in it. Each object is " +
          "as it was when it was read, once: what is stored behind the place that the export has reached is in it, what is " +
          "stored before it is not. Ends early, without its last line, when the account is removed meanwhile.",
        tags: ["accounts"],
        produces: Object.values(formats).map(({ mediaType }) => mediaType),
        params: accountParamsSchema,
        querystring: z.strictObject({ format: z.enum(["jsonl", "mbox"]).default("jsonl") }),
        response: {
          200: {
            description: "The file",
            content: {
              [formats.jsonl.mediaType]: { schema: streamedBody },
              [formats.mbox.mediaType]: { schema: streamedBody },
            },
          },
          ...problemResponses,
        },
      },
    },
    async ({ tenantId, params: { id }, query: { format } }, reply) => {
      const account = await findKeptAccount(pool.of(tenantId), tenantId, id);
      if (running >= exportsMax) throw tooMany();
      const owner = [tenantId, id] as const;
      const pieces = format === "mbox" ? exportMbox(pool, blobs, owner) : exportLines(pool, owner, account);
      const { mediaType, extension } = formats[format];
      const file = Readable.from(pieces, { objectMode: false });
      running++;
      file.once("close", () => {
        running--;
      });
      return reply
        .type(mediaType)
        .header("content-disposition", `attachment; filename="${id}.${extension}"`)
        .send(file);
    },
  );
}

const tooMany = (): ApiProblem =>
  new ApiProblem("busy", `${exportsMax} exports run already. Try again when one has ended.`, {
    headers: { "retry-after": "30" },
  });
