import { syncIdSchema } from "@millrace/shared/events/identifiers";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { notFound, problemResponses } from "../http/problem.ts";
import { syncSchema } from "../resources/sync.ts";
import { requestedSyncsSql, type SyncRow, syncColumns, syncOf } from "./sync-rows.ts";

export const syncParamsSchema = z.object({ id: syncIdSchema });

export const getSyncSql = `
  select ${syncColumns("found")}
  from (
    select * from syncs where tenant_id = $1 and id = $2
    union all
    (${requestedSyncsSql} and r.tenant_id = $1 and r.sync_id = $2)
  ) as found`;

/** @throws {ApiProblem} not_found, also for another tenant's */
export async function findSync(pool: Pool, tenantId: string, syncId: string): Promise<SyncRow> {
  const { rows } = await pool
    .of(tenantId)
    .query<SyncRow>({ name: "get-sync", text: getSyncSql, values: [tenantId, syncId] });
  const [row] = rows;
  if (row === undefined) throw notFound("sync", "/v1/syncs");
  return row;
}

export function getSync(app: Api, { pool, showing }: ApiPorts): void {
  app.get(
    "/v1/syncs/:id",
    {
      config: { browser: true },
      schema: {
        summary: "One sync, with its progress and its ledger",
        tags: ["syncs"],
        params: syncParamsSchema,
        response: { 200: syncSchema, ...problemResponses },
      },
    },
    async (request) => syncOf(await findSync(pool, request.tenantId, request.params.id), showing),
  );
}
