import { firstRunMs } from "@millrace/shared/schedules/first-run";
import type { Schedule } from "@millrace/shared/schedules/schedule";
import type { Api, ApiPorts } from "../api.ts";
import { problemResponses } from "../http/problem.ts";
import { accountChangeSchema, accountSchema } from "../resources/account.ts";
import { whyUnchanged } from "./find-kept-account.ts";
import { accountParamsSchema, findAccount } from "./get-account.ts";

const changeSql = `
  with changed as (
    update accounts set attachments = coalesce($3, attachments), updated_at = now()
    where tenant_id = $1 and id = $2 and removing_at is null
    returning id, tenant_id
  ),
  planned as (
    insert into schedules (account_id, tenant_id, schedule, next_run_at)
    select id, tenant_id, $4::jsonb, $5::timestamptz from changed where $4::jsonb is not null
    on conflict (account_id) do update set schedule = excluded.schedule, next_run_at = excluded.next_run_at,
      interval_seconds = default
  )
  select from changed`;

/** Changes how an account is synced; what is not named stays. */
export function changeAccount(app: Api, { pool }: ApiPorts): void {
  app.patch(
    "/v1/accounts/:id",
    {
      schema: {
        summary: "Change how a mailbox is synced",
        description:
          "What is not named stays as it is. Attachments: what is kept already stays kept, and what was stored before " +
          '"eager" is fetched when it is asked for. A schedule begins anew.',
        tags: ["accounts"],
        params: accountParamsSchema,
        body: accountChangeSchema,
        response: { 200: accountSchema, ...problemResponses },
      },
    },
    async ({ tenantId, params: { id }, body: { attachments, schedule } }) => {
      const { rowCount } = await pool
        .of(tenantId)
        .query(changeSql, [tenantId, id, attachments ?? null, ...planOf(schedule)]);
      if (rowCount === 0) throw await whyUnchanged(pool.of(tenantId), tenantId, id);
      return findAccount(pool.of(tenantId), tenantId, id);
    },
  );
}

/** A schedule that is set begins anew, also when it is the same one. */
function planOf(schedule: Schedule | undefined): readonly [json: string | null, nextRunAt: Date | null] {
  if (schedule === undefined) return [null, null];
  const nextRunMs = firstRunMs(schedule, Date.now(), Math.random());
  return [JSON.stringify(schedule), nextRunMs === null ? null : new Date(nextRunMs)];
}
