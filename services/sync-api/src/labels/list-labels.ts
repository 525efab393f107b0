import { unreadLabel } from "@millrace/shared/providers/gmail/unread-label";
import { z } from "zod";
import { findKeptAccount } from "../accounts/find-kept-account.ts";
import { accountParamsSchema } from "../accounts/get-account.ts";
import type { Api, ApiPorts } from "../api.ts";
import { problemResponses } from "../http/problem.ts";
import { type Label, labelSchema } from "../resources/label.ts";

/** Counted when asked for, so that no count can be wrong. One pass over the account's messages. */
const sql = `
  with counts as (
    select label, count(*)::integer as total, (count(*) filter (where is_unread))::integer as unread
    from (
      select label_ids, label_ids @> array[$3] as is_unread from messages
      where account_id = $2 and tenant_id = $1 and deleted_at is null
      offset 0
    ) m
    cross join unnest(m.label_ids) as label
    group by label
  )
  select l.id, l.name, l.type, l.text_color as "textColor", l.background_color as "backgroundColor",
    coalesce(c.total, 0) as "messagesTotal", coalesce(c.unread, 0) as "messagesUnread"
  from labels l left join counts c on c.label = l.id
  where l.tenant_id = $1 and l.account_id = $2
  order by l.type, lower(l.name), l.id`;

export function listLabels(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/accounts/:id/labels",
    {
      schema: {
        summary: "An account's labels, as of its newest sync, with how many messages bear them",
        tags: ["messages"],
        params: accountParamsSchema,
        response: { 200: z.object({ items: z.array(labelSchema) }), ...problemResponses },
      },
    },
    async ({ tenantId, params: { id } }) => {
      await findKeptAccount(pool.of(tenantId), tenantId, id);
      const { rows } = await pool.of(tenantId).query<Label>(sql, [tenantId, id, unreadLabel]);
      return { items: rows };
    },
  );
}
