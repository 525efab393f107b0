import { Readable } from "node:stream";
import type { Api, ApiPorts } from "../api.ts";
import { ApiProblem, notFound, problemResponses } from "../http/problem.ts";
import { readSlices, sliceSql } from "../http/read-slices.ts";
import { streamedBody } from "../http/streamed-body.ts";
import { messageParamsSchema, messageQuerySchema } from "./get-message.ts";

const findSql = `
  select m.content, a.content as "accountContent", m.account_id as "accountId", m.provider_id as "providerId",
    octet_length(c.raw)::float8 as "rawBytes"
  from messages m
  join accounts a on a.id = m.account_id and a.removing_at is null
  left join message_contents c on c.account_id = m.account_id and c.provider_id = m.provider_id
  where m.tenant_id = $1 and m.id = $2 and ($3 or m.deleted_at is null)`;

const contentSql = sliceSql("message_contents");

interface Row {
  readonly content: string;
  readonly accountContent: string;
  readonly accountId: string;
  readonly providerId: string;
  readonly rawBytes: number | null;
}

export function downloadMessage(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/messages/:id/raw",
    {
      schema: {
        summary: "A message's exact bytes",
        tags: ["messages"],
        produces: ["message/rfc822"],
        params: messageParamsSchema,
        querystring: messageQuerySchema,
        response: {
          200: {
            description: "The message as it was sent",
            content: { "message/rfc822": { schema: streamedBody } },
          },
          ...problemResponses,
        },
      },
    },
    async ({ tenantId, params: { id }, query: { includeDeleted } }, reply) => {
      const { rows } = await pool.of(tenantId).query<Row>(findSql, [tenantId, id, includeDeleted === "true"]);
      const [row] = rows;
      if (row === undefined) throw notFound("message", "/v1/accounts/:id/messages");
      if (row.rawBytes === null) throw rawNotKept(row);
      const key = [tenantId, row.accountId, row.providerId] as const;
      const slices = readSlices(pool, contentSql, key, row.rawBytes);
      return reply
        .type("message/rfc822")
        .header("content-length", row.rawBytes)
        .header("content-disposition", `attachment; filename="${id}.eml"`)
        .send(Readable.from(slices, { objectMode: false }));
    },
  );
}

function rawNotKept({ content, accountContent }: Row): ApiProblem {
  const remedy =
    accountContent === "raw"
      ? "It was stored before the account kept them; a full sync of the account fetches them."
      : `The account keeps content "${accountContent}"; only accounts that are connected with content "raw" keep them.`;
  return new ApiProblem("raw_not_kept", `The message was stored with content "${content}". ${remedy}`);
}
