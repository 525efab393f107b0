import { Readable } from "node:stream";
import type { Api, ApiPorts } from "../api.ts";
import { ApiProblem, problemResponses } from "../http/problem.ts";
import { readSlices, sliceSql } from "../http/read-slices.ts";
import { streamedBody } from "../http/streamed-body.ts";
import { findLetter, letterParamsSchema } from "./get-dead-letter.ts";

const mediaType = "application/octet-stream"; // it was set aside because it is not what it should be

const sizeSql = `
  select octet_length(raw)::float8 as "rawBytes" from dead_letter_contents
  where tenant_id = $1 and account_id = $2 and provider_id = $3`;

const contentSql = sliceSql("dead_letter_contents");

export function downloadDeadLetter(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/dead-letters/:id/raw",
    {
      schema: {
        summary: "The bytes that were fetched of a dead letter",
        tags: ["dead letters"],
        produces: [mediaType],
        params: letterParamsSchema,
        response: {
          200: { description: "What was fetched", content: { [mediaType]: { schema: streamedBody } } },
          ...problemResponses,
        },
      },
    },
    async ({ tenantId, params: { id } }, reply) => {
      const { accountId, providerId } = await findLetter(pool, tenantId, id);
      const key = [tenantId, accountId, providerId] as const;
      const { rows } = await pool.of(tenantId).query<{ rawBytes: number }>(sizeSql, [...key]);
      const [row] = rows;
      if (row === undefined) throw rawNotKept;
      return reply
        .type(mediaType)
        .header("content-length", row.rawBytes)
        .header("content-disposition", `attachment; filename="${id}.eml"`)
        .send(Readable.from(readSlices(pool, contentSql, key, row.rawBytes), { objectMode: false }));
    },
  );
}

const rawNotKept = new ApiProblem(
  "raw_not_kept",
  "Nothing was kept of it: the provider did not hand it out, or it was stored since.",
);
