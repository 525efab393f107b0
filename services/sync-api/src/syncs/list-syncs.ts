import { accountIdSchema, syncIdSchema } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { cursorParam, cursorTime, cursorTimeSql, decodeCursor, limitParam, pageOf } from "../http/cursor.ts";
import { problemResponses } from "../http/problem.ts";
import { pageOfSchema } from "../resources/page.ts";
import { syncSchema, syncStatusSchema } from "../resources/sync.ts";
import { requestedSyncsSql, type SyncRow, syncColumns, syncOf } from "./sync-rows.ts";

/** A request that no fact reaches for so long is not shown in lists any more; its own address still shows it. */
const requestedDaysMax = 7;

/**
 * Known syncs and requests that no fact has reached, in one statement and so of one moment: a sync that passes
 * from the one to the other meanwhile is there once. Only requests as new as the page are looked at.
 *
 * $1 tenant, $2 rows, $3 account, $4 status, $5 and $6 the cursor's time and id
 */
export const listSyncsSql = `
  with known as materialized (
    select * from syncs
    where tenant_id = $1 and ($3::text is null or account_id = $3)
      and case when $4::text is null then not (status = 'coalesced' and trigger is not distinct from 'push')
        else status = $4 end
      and ($5::text is null or (created_at, id) < ($5::timestamptz, $6::text))
    order by created_at desc, id desc
    limit $2
  ),
  requested as (
    ${requestedSyncsSql}
      and r.tenant_id = $1 and ($3::text is null or r.account_id = $3) and ($4::text is null or $4 = 'requested')
      and ($5::text is null or (r.created_at, r.sync_id) < ($5::timestamptz, $6::text))
      and r.created_at >= greatest(
        now() - make_interval(days => ${requestedDaysMax}),
        (select min(created_at) from known having count(*) >= $2)
      )
    order by r.created_at desc, r.sync_id desc
    limit $2
  )
  select ${syncColumns("found")}, ${cursorTimeSql("created_at")} as "createdKey"
  from (select * from known union all select * from requested) as found
  order by created_at desc, id desc
  limit $2`;

interface Row extends SyncRow {
  readonly createdKey: string;
}

const cursorSchema = z.tuple([cursorTime, syncIdSchema]);

export function listSyncs(app: Api, { pool, showing }: ApiPorts): void {
  app.get(
    "/v1/syncs",
    {
      config: { browser: true },
      schema: {
        summary: "Syncs, newest first",
        description:
          "Pushes of a mailbox that changes a lot are coalesced by the hundred: those are listed with " +
          "`status=coalesced` only.",
        tags: ["syncs"],
        querystring: z.strictObject({
          accountId: accountIdSchema.optional(),
          status: syncStatusSchema.optional(),
          limit: limitParam(50, 200),
          cursor: cursorParam,
        }),
        response: { 200: pageOfSchema(syncSchema), ...problemResponses },
      },
    },
    async ({ tenantId, query: { accountId, status, limit, cursor } }) => {
      const [createdKey, id] = decodeCursor(cursor, cursorSchema) ?? [null, null];
      const values = [tenantId, limit + 1, accountId ?? null, status ?? null, createdKey, id];
      const { rows } = await pool.of(tenantId).query<Row>(listSyncsSql, values);
      return pageOf(
        rows,
        limit,
        (row) => syncOf(row, showing),
        (row) => [row.createdKey, row.id],
      );
    },
  );
}
