import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { cursorParam, decodeCursor, limitParam, pageOf } from "../http/cursor.ts";
import { problemResponses } from "../http/problem.ts";
import { type Chunk, chunkSchema } from "../resources/chunk.ts";
import { pageOfSchema } from "../resources/page.ts";
import { isoOf, isoOrNull } from "../resources/time.ts";
import { findSync, syncParamsSchema } from "./get-sync.ts";

/** The window slides by one with each settled chunk, so what is below its end and not settled is outstanding. */
const sql = `
  select c.chunk_index as index, c.page_number as "pageNumber", c.lane, c.size, c.attempt, c.attempts,
    case when c.settled_at is null then c.handled else c.size end as handled,
    c.last_fault as "lastFault", c.next_attempt_at as "nextAttemptAt", c.stored, c.unchanged,
    c.gone, c.dead_lettered as "deadLettered", c.listed_at as "listedAt", c.settled_at as "settledAt",
    case
      when c.settled_at is not null then c.state
      when s.ended_at is null and c.chunk_index < s.window_chunks + s.chunks_settled then 'outstanding'
      else 'listed'
    end as state
  from chunks c join syncs s on s.id = c.sync_id
  where c.tenant_id = $1 and c.sync_id = $2 and c.chunk_index > $3
  order by c.chunk_index
  limit $4`;

interface Row {
  readonly index: number;
  readonly pageNumber: number;
  readonly lane: Chunk["lane"];
  readonly size: number;
  readonly handled: number;
  readonly attempt: number | null;
  readonly attempts: number;
  readonly lastFault: Chunk["lastFault"];
  readonly nextAttemptAt: Date | null;
  readonly stored: number;
  readonly unchanged: number;
  readonly gone: number;
  readonly deadLettered: number;
  readonly listedAt: Date;
  readonly settledAt: Date | null;
  readonly state: Chunk["state"];
}

const cursorSchema = z.tuple([
  z
    .int()
    .nonnegative()
    .max(2 ** 31 - 1),
]);

export function listChunks(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/syncs/:id/chunks",
    {
      config: { browser: true },
      schema: {
        summary: "A sync's chunks, in order",
        tags: ["syncs"],
        params: syncParamsSchema,
        querystring: z.strictObject({ limit: limitParam(100, 500), cursor: cursorParam }),
        response: { 200: pageOfSchema(chunkSchema), ...problemResponses },
      },
    },
    async ({ tenantId, params: { id }, query: { limit, cursor } }) => {
      const [after] = decodeCursor(cursor, cursorSchema) ?? [-1];
      await findSync(pool, tenantId, id);
      const { rows } = await pool.of(tenantId).query<Row>(sql, [tenantId, id, after, limit + 1]);
      return pageOf(rows, limit, chunkOf, (row) => [row.index]);
    },
  );
}

function chunkOf({ stored, unchanged, gone, deadLettered, ...row }: Row): Chunk {
  const { listedAt, settledAt, nextAttemptAt, ...same } = row;
  return {
    ...same,
    open: Math.max(0, same.size - same.handled),
    nextAttemptAt: isoOrNull(nextAttemptAt),
    ledger: { stored, unchanged, gone, deadLettered },
    listedAt: isoOf(listedAt),
    settledAt: isoOrNull(settledAt),
  };
}
