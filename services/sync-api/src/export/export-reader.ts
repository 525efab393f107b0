import type { Pool } from "@millrace/shared/postgres/create-pool";

/** Rows of one read; messages bear their bodies, so they come in smaller ones. */
const rowsPerRead = 200;
const messagesPerRead = 20;
/** Of a body so many characters come with its message; the rest in slices. */
export const bodyCharsMax = 128 * 1024;

/** An account whose export breaks off: it is being removed. What was sent before has no last line. */
export class AccountLeftError extends Error {
  readonly code = "account_left";
}

/** A message as it is exported. Bodies as far as they come with it; the rest is read slice by slice. */
export interface ExportedMessage {
  readonly providerId: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly from: string | null;
  readonly receivedAt: Date | null;
  readonly text: string | null;
  readonly html: string | null;
  readonly textChars: number;
  readonly htmlChars: number;
  /** Null where the exact bytes are not kept. */
  readonly rawBytes: number | null;
  readonly attachments: readonly ExportedAttachment[];
}

export interface ExportedAttachment {
  readonly partId: string;
  readonly filename: string | null;
  readonly mimeType: string;
  readonly sizeBytes: number;
  readonly contentId: string | null;
  readonly disposition: string | null;
  readonly sha256: string | null;
}

/** Of accounts that are not being removed only: an export that runs ends at its next read. */
const kept = (alias: string): string => `
  join accounts kept on kept.id = ${alias}.account_id and kept.removing_at is null
  where ${alias}.tenant_id = $1 and ${alias}.account_id = $2`;

const messagesSql = `
  select m.provider_id as "providerId", m.headers, m.addresses -> 'from' -> 0 ->> 'address' as "from",
    m.received_at as "receivedAt", left(m.text_body, ${bodyCharsMax}) as text, left(m.html_body, ${bodyCharsMax}) as html,
    coalesce(char_length(m.text_body), 0) as "textChars", coalesce(char_length(m.html_body), 0) as "htmlChars",
    octet_length(c.raw)::float8 as "rawBytes",
    jsonb_build_object(
      'id', m.id, 'providerId', m.provider_id, 'threadId', m.thread_id, 'historyId', m.history_id,
      'labelIds', m.label_ids, 'receivedAt', m.received_at, 'sentAt', m.sent_at, 'sizeBytes', m.size_bytes,
      'subject', m.subject, 'snippet', m.snippet, 'messageIdHeader', m.message_id_header, 'inReplyTo', m.in_reply_to,
      'references', m.reference_ids, 'addresses', m.addresses, 'headers', m.headers, 'content', m.content,
      'rawSha256', m.raw_sha256, 'isRawKept', c.raw is not null, 'defects', m.defects, 'storedAt', m.stored_at,
      'deletedAt', m.deleted_at, 'deletedWhy', m.deleted_why
    ) as fields,
    (
      select coalesce(jsonb_agg(jsonb_build_object(
        'partId', a.part_id, 'filename', a.filename, 'mimeType', a.mime_type, 'sizeBytes', a.size_bytes,
        'contentId', a.content_id, 'disposition', a.disposition, 'sha256', a.sha256) order by a.position), '[]')
      from attachments a where a.account_id = m.account_id and a.provider_id = m.provider_id
    ) as attachments
  from messages m
  left join message_contents c on c.account_id = m.account_id and c.provider_id = m.provider_id
  ${kept("m")} and m.provider_id > $3
  order by m.provider_id limit ${messagesPerRead}`;

/** The account's messages, those that are marked as deleted as well, in the order of the provider's ids. */
export async function* readMessages(pool: Pool, owner: Owner): AsyncGenerator<ExportedMessage> {
  for (let after = ""; ; ) {
    const { rows } = await pool.of(owner[0]).query<ExportedMessage>({
      name: "export-messages",
      text: messagesSql,
      values: [...owner, after],
    });
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < messagesPerRead) break;
    after = last.providerId;
  }
  await assertKept(pool, owner);
}

const slicesOf = { text: sliceSql("text_body"), html: sliceSql("html_body") } as const;

function sliceSql(column: string): string {
  return `
    select substring(m.${column} from $4::integer for ${bodyCharsMax}) as slice from messages m
    ${kept("m")} and m.provider_id = $3`;
}

/** The rest of a body, from where it ends in its message. */
export async function* readBody(
  pool: Pool,
  owner: Owner,
  { providerId }: ExportedMessage,
  body: keyof typeof slicesOf,
  charsMax: number,
): AsyncGenerator<string> {
  for (let start = bodyCharsMax; start < charsMax; start += bodyCharsMax) {
    const { rows } = await pool
      .of(owner[0])
      .query<{ slice: string | null }>(slicesOf[body], [...owner, providerId, start + 1]);
    // Removed for good, or stored anew, while it was read: the line cannot be ended any more.
    if (rows[0]?.slice == null) throw new AccountLeftError("What was read was removed meanwhile.");
    yield rows[0].slice;
  }
}

export type Owner = readonly [tenantId: string, accountId: string];

/** In the order of an index that begins with the account. */
function byCreation(table: "syncs" | "dead_letters"): string {
  return `
    select to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || ' ' || t.id as key,
      to_jsonb(t) - array['tenant_id', 'epoch', 'seq'] as row
    from ${table} t ${kept("t")} and (t.created_at, t.id)
      > (coalesce(nullif(split_part($3, ' ', 1), ''), '-infinity')::timestamptz, split_part($3, ' ', 2))
    order by t.created_at, t.id limit ${rowsPerRead}`;
}

/** Whatever else is exported: each as the JSON that Postgres makes of it, by a key that grows. */
const listings = {
  label: `
    select l.id as key, jsonb_build_object('id', l.id, 'name', l.name, 'type', l.type) as row
    from labels l ${kept("l")} and l.id > $3 order by l.id limit ${rowsPerRead}`,
  sync: byCreation("syncs"),
  dead_letter: byCreation("dead_letters"),
  event: `
    select lpad(e.epoch::text, 10, '0') || lpad(e.seq::text, 20, '0') as key,
      jsonb_build_object('id', e.id, 'type', e.type, 'source', e.source, 'time', e.happened_at, 'syncId', e.sync_id,
        'fact', e.fact) as row
    from events e ${kept("e")}
      and (e.epoch, e.seq) > (coalesce(nullif(left($3, 10), ''), '0')::integer, coalesce(nullif(substr($3, 11), ''), '0')::bigint)
    order by e.epoch, e.seq limit ${rowsPerRead}`,
} as const;

export type ListedKind = keyof typeof listings;

export async function* readListed(
  pool: Pool,
  owner: Owner,
  kind: ListedKind,
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  for (let after = ""; ; ) {
    const { rows } = await pool.of(owner[0]).query<{ key: string; row: Record<string, unknown> }>({
      name: `export-${kind}`,
      text: listings[kind],
      values: [...owner, after],
    });
    for (const { row } of rows) yield row;
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsPerRead) break;
    after = last.key;
  }
  await assertKept(pool, owner);
}

/** Nothing more came: because there was no more, or because the account has left? */
async function assertKept(pool: Pool, owner: Owner): Promise<void> {
  const sql = "select from accounts where tenant_id = $1 and id = $2 and removing_at is null";
  const { rowCount } = await pool.of(owner[0]).query(sql, [...owner]);
  if (rowCount !== 1) throw new AccountLeftError("The account is being removed.");
}
