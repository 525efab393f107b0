import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { ApiProblem, notFound, problemResponses } from "../http/problem.ts";
import { messageParamsSchema, messageQuerySchema } from "./get-message.ts";

/** More is not read from the database: it cannot be cleaned in time. */
const charsMax = 1024 ** 2;

const sql = `
  select case when length(html_body) <= ${charsMax} then html_body end as html, length(html_body) as "htmlChars",
    left(text_body, ${charsMax}) as text
  from messages m
  where tenant_id = $1 and id = $2 and ($3 or deleted_at is null) and exists (
    select from accounts owner where owner.id = m.account_id and owner.removing_at is null
  )`;

interface Row {
  readonly html: string | null;
  readonly htmlChars: number | null;
  readonly text: string | null;
}

/** Beside having been cleaned, the page may do nothing: whatever slipped through has no script, no network, no origin. */
const policyOf = (remoteImages: boolean): string =>
  `default-src 'none'; style-src 'unsafe-inline'; img-src data:${remoteImages ? " https:" : ""}; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-popups";

export function showMessage(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/messages/:id/html",
    {
      schema: {
        summary: "A message as a page that is safe to be looked at",
        description:
          "Cleaned of scripts, forms, frames and style sheets, and served so that nothing of it can run. Pictures from " +
          "elsewhere are left out, because to ask for them tells the sender that the mail is read.",
        tags: ["messages"],
        produces: ["text/html"],
        params: messageParamsSchema,
        querystring: messageQuerySchema.extend({
          images: z.enum(["none", "remote"]).default("none").describe("remote: also pictures from elsewhere"),
        }),
        response: {
          200: { description: "The page", content: { "text/html": { schema: z.string() } } },
          ...problemResponses,
        },
      },
    },
    async ({ tenantId, params: { id }, query: { includeDeleted, images } }, reply) => {
      const { rows } = await pool.of(tenantId).query<Row>(sql, [tenantId, id, includeDeleted === "true"]);
      const [row] = rows;
      if (row === undefined) throw notFound("message", "/v1/accounts/:id/messages");
      const remoteImages = images === "remote";
      return reply
        .headers({
          "content-security-policy": policyOf(remoteImages),
          "content-type": "text/html; charset=utf-8",
        })
        .serializer((page: unknown) => String(page))
        .send(pageOf(await bodyOf(row, remoteImages)));
    },
  );
}

/** What cleans takes memory: it is loaded when somebody looks at a message. */
async function bodyOf({ html, htmlChars, text }: Row, remoteImages: boolean): Promise<string> {
  const { isCleanable, sanitizeMailHtml, textAsHtml } = await import("./sanitize-mail-html.ts");
  if (htmlChars === null) return textAsHtml(text ?? "");
  if (html !== null && isCleanable(html)) return sanitizeMailHtml(html, { remoteImages });
  throw new ApiProblem(
    "too_large_to_show",
    "The message's HTML is too large, or has too many tags. GET /v1/messages/:id has it as it is.",
  );
}

const pageOf = (body: string): string =>
  `<!doctype html><html><head><meta charset="utf-8"><meta name="referrer" content="no-referrer"></head><body>${body}</body></html>`;
