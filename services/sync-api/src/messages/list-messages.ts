import { z } from "zod";
import { findKeptAccount } from "../accounts/find-kept-account.ts";
import { accountParamsSchema } from "../accounts/get-account.ts";
import type { Api, ApiPorts } from "../api.ts";
import { cursorParam, cursorTime, cursorTimeSql, decodeCursor, limitParam, pageOf } from "../http/cursor.ts";
import { problemResponses } from "../http/problem.ts";
import {
  includeDeletedSchema,
  type MessageSummary,
  messageIdSchema,
  messageSummarySchema,
} from "../resources/message.ts";
import { pageOfSchema } from "../resources/page.ts";
import { plainText } from "../resources/plain-text.ts";
import { isoOrNull } from "../resources/time.ts";

export const messageSummaryColumns = `
  m.id, m.provider_id as "providerId", m.thread_id as "threadId", m.subject, m.addresses -> 'from' as "from",
  m.addresses -> 'to' as "to", m.received_at as "receivedAt", m.label_ids as "labelIds", m.snippet,
  m.size_bytes::float8 as "sizeBytes", m.deleted_at as "deletedAt", m.deleted_why as "deletedWhy",
  exists (
    select from attachments a
    where a.account_id = m.account_id and a.provider_id = m.provider_id
      and a.disposition is distinct from 'inline'
  ) as "hasAttachments"`;

/** $1 tenant, $2 account, $3 label, $4 words, $5 thread, $6 sender, $7 rows, $8 and $9 the cursor's time and id, $10 deleted ones too, $11 the provider's ids */
const filters = `
  m.tenant_id = $1 and m.account_id = $2 and ($10 or m.deleted_at is null)
  and ($3::text is null or m.label_ids @> array[$3])
  and ($4::text is null or m.search @@ websearch_to_tsquery('simple', $4))
  and ($5::text is null or m.thread_id = $5)
  and ($6::text is null or exists (
    select from jsonb_array_elements(m.addresses -> 'from') as sender
    where lower(sender ->> 'address') = lower($6)
  ))
  and ($11::text[] is null or m.provider_id = any($11))`;

/** Dated messages, then the undated: apart, so that each half can begin in the index where the cursor stands. */
export const pageSql = `
  select ${messageSummaryColumns}, ${cursorTimeSql("m.received_at")} as "receivedKey"
  from (
    (
      select * from searched_messages m
      where ${filters} and m.received_at is not null
        and ($9::text is null or (m.received_at, m.id) < ($8::timestamptz, $9))
      order by m.received_at desc nulls last, m.id desc
      limit $7
    )
    union all
    (
      select * from searched_messages m
      where ${filters} and m.received_at is null and ($9::text is null or $8::timestamptz is not null or m.id < $9)
      order by m.received_at desc nulls last, m.id desc
      limit $7
    )
  ) as m
  order by m.received_at desc nulls last, m.id desc
  limit $7`;

export interface MessageSummaryRow extends Omit<MessageSummary, "receivedAt" | "deletedAt"> {
  readonly deletedAt: Date | null;
  readonly receivedAt: Date | null;
}

interface Row extends MessageSummaryRow {
  readonly receivedKey: string | null;
}

const providerIdsMax = 200;
const cursorSchema = z.tuple([cursorTime.nullable(), messageIdSchema]);

export function listMessages(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/accounts/:id/messages",
    {
      schema: {
        summary: "An account's messages, newest first",
        tags: ["messages"],
        params: accountParamsSchema,
        querystring: z.strictObject({
          label: plainText(1, 200).optional().describe("Only messages with this label"),
          q: plainText(1, 500)
            .optional()
            .describe('Only messages with these words, in subject, addresses or text; "a phrase", or, -not'),
          threadId: plainText(1, 1024).optional(),
          from: plainText(1, 320).optional().describe("Only messages of this address"),
          providerId: z
            .preprocess(
              (given) => (typeof given === "string" ? [given] : given),
              z.array(plainText(1, 1024)).max(providerIdsMax).optional(),
            )
            .describe(
              `Only messages that the provider, and facts, call so; up to ${providerIdsMax} of them, each as a parameter`,
            ),
          includeDeleted: includeDeletedSchema,
          limit: limitParam(50, 200),
          cursor: cursorParam,
        }),
        response: { 200: pageOfSchema(messageSummarySchema), ...problemResponses },
      },
    },
    async ({
      tenantId,
      params: { id },
      query: { label, q, threadId, from, providerId, includeDeleted, limit, cursor },
    }) => {
      // Who names messages wants all of them.
      const size = Math.max(limit, providerId?.length ?? 0);
      const [receivedKey, after] = decodeCursor(cursor, cursorSchema) ?? [null, null];
      await findKeptAccount(pool.of(tenantId), tenantId, id);
      const { rows } = await pool
        .of(tenantId)
        .query<Row>(pageSql, [
          tenantId,
          id,
          label ?? null,
          q ?? null,
          threadId ?? null,
          from ?? null,
          size + 1,
          receivedKey,
          after,
          includeDeleted === "true",
          providerId ?? null,
        ]);
      return pageOf(rows, size, summaryOf, (row) => [row.receivedKey, row.id]);
    },
  );
}

export function summaryOf(row: MessageSummaryRow): MessageSummary {
  return {
    id: row.id,
    providerId: row.providerId,
    threadId: row.threadId,
    subject: row.subject,
    from: row.from,
    to: row.to,
    receivedAt: isoOrNull(row.receivedAt),
    labelIds: row.labelIds,
    snippet: row.snippet,
    sizeBytes: row.sizeBytes,
    hasAttachments: row.hasAttachments,
    deletedAt: isoOrNull(row.deletedAt),
    deletedWhy: row.deletedWhy,
  };
}
