import { currentBaselineSql } from "./current-baseline-sql.ts";
import { doubtLabelsSql } from "./doubt-labels-sql.ts";

/**
 * One round trip a batch: messages, their exact bytes and their attachments. Rows travel as one array a
 * column; columns that are lists themselves travel as JSON, because arrays of arrays would be flattened. Exact bytes
 * travel as one value ($28) that is cut here, and the bodies of a message that is written alone as values of their own
 * ($45, $46): an array is one text, in which bytes are hexadecimal and texts escaped.
 *
 * A row that is there already is replaced only by one that holds more of the message, unless it is to be refreshed
 * ($38) or was marked as deleted. Of an account that is being removed nothing is written. Newer rows stay, and what was buried meanwhile is not brought back. What is returned
 * are the messages that were written, or are buried; the others were there. A row without a message says that nothing was
 * written, because the account's baseline is not the one ($48) under which they were fetched.
 */
export const storeMessagesSql = `
with ${currentBaselineSql},
input as (
  select *
  from unnest(
    $6::text[], $7::text[], $8::text[], $9::text[], $10::jsonb[], $11::timestamptz[], $12::timestamptz[],
    $13::bigint[], $14::text[], $15::text[], $16::text[], $17::text[], $18::jsonb[], $19::jsonb[], $20::jsonb[],
    $21::text[], $22::text[], $23::text[], $24::jsonb[], $25::text[], $26::text[], $27::text[], $39::text[],
    $43::integer[], $44::integer[]
  ) as m (
    provider_id, id, thread_id, history_id, label_ids, received_at, sent_at,
    size_bytes, snippet, subject, message_id_header, in_reply_to, reference_ids, headers, addresses,
    text_body, html_body, raw_sha256, defects, search_subject, search_addresses, search_body, hidden_as,
    raw_start, raw_length
  )
  where not exists (select from accounts where tenant_id = $1 and id = $2 and removing_at is not null)
    and (select mark from current) is not distinct from $48::uuid
),
buried as (
  select provider_id from input join tombstones t using (provider_id)
  where t.tenant_id = $1 and t.account_id = $2
    and (history_order(input.history_id) <= history_order(t.history_id) or t.sync_id = $3 and t.work = $4)
),
written as (
  insert into messages as existing (
    account_id, provider_id, tenant_id, id, thread_id, history_id, label_ids, received_at, sent_at,
    size_bytes, snippet, subject, message_id_header, in_reply_to, reference_ids, headers, addresses,
    text_body, html_body, content, raw_sha256, defects, search, sync_id, work,
    deleted_at, deleted_why, last_change
  )
  select
    $2, provider_id, $1, id, thread_id, history_id, array(select jsonb_array_elements_text(label_ids)), received_at,
    sent_at, size_bytes, snippet, subject, message_id_header, in_reply_to,
    array(select jsonb_array_elements_text(reference_ids)), headers, addresses,
    coalesce($45::text, text_body), coalesce($46::text, html_body), $5, raw_sha256, array(select jsonb_array_elements_text(defects)),
    setweight(to_tsvector('simple', search_subject), 'A')
      || setweight(to_tsvector('simple', search_addresses), 'B')
      || setweight(to_tsvector('simple', search_body), 'C'),
    $3, $4, case when hidden_as is not null then now() end, hidden_as, case when hidden_as is null then 'added' end
  from input
  where provider_id not in (select provider_id from buried)
  on conflict (account_id, provider_id) do update set
    thread_id = excluded.thread_id, history_id = excluded.history_id, label_ids = excluded.label_ids,
    received_at = excluded.received_at, sent_at = excluded.sent_at, size_bytes = excluded.size_bytes,
    snippet = excluded.snippet, subject = excluded.subject, message_id_header = excluded.message_id_header,
    in_reply_to = excluded.in_reply_to, reference_ids = excluded.reference_ids, headers = excluded.headers,
    addresses = excluded.addresses, text_body = excluded.text_body, html_body = excluded.html_body,
    content = excluded.content, raw_sha256 = excluded.raw_sha256, defects = excluded.defects,
    search = excluded.search, sync_id = excluded.sync_id, work = excluded.work, stored_at = now(),
    deleted_at = case when excluded.deleted_at is null then null else coalesce(existing.deleted_at, now()) end,
    deleted_why = excluded.deleted_why,
    last_change = case
      when excluded.deleted_at is not null
        then case when existing.deleted_at is null then 'deleted' else existing.last_change end
      when existing.deleted_at is not null then 'added'
      when existing.sync_id = excluded.sync_id and existing.work = excluded.work
        then coalesce(existing.last_change, 'changed')
      else 'changed'
    end
    where $47 or (not coalesce(history_order(excluded.history_id) < history_order(existing.history_id), false) and (
      $38 or existing.deleted_at is not null or excluded.deleted_at is not null
      -- Two deliveries of one chunk at the same time: what the other has just written, this sync has stored.
      or (existing.sync_id = excluded.sync_id and existing.work = excluded.work
        and existing.content = excluded.content)
      or array_position(array['metadata', 'full', 'raw'], existing.content)
        < array_position(array['metadata', 'full', 'raw'], excluded.content)
    ))
  returning existing.provider_id, existing.deleted_at is not null as is_hidden
),
doubted as (${doubtLabelsSql(
  "input join written using (provider_id), jsonb_array_elements_text(input.label_ids) as label",
)}),
contents as (
  insert into message_contents (account_id, provider_id, tenant_id, raw)
  select $2, provider_id, $1, substr($28::bytea, raw_start, raw_length)
  from input join written using (provider_id) where raw_start is not null
  on conflict (account_id, provider_id) do update set raw = excluded.raw
),
parts as (
  insert into attachments (
    account_id, provider_id, part_id, tenant_id, position, filename, mime_type, size_bytes, content_id,
    disposition, provider_attachment_id, raw_start, raw_end, raw_encoding
  )
  select $2, provider_id, part_id, $1, position, filename, mime_type, size_bytes, content_id, disposition,
    provider_attachment_id, raw_start, raw_end, raw_encoding
  from unnest(
    $29::text[], $30::text[], $31::integer[], $32::text[], $33::text[], $34::bigint[], $35::text[],
    $36::text[], $37::text[], $40::integer[], $41::integer[], $42::text[]
  ) as a (
    provider_id, part_id, position, filename, mime_type, size_bytes, content_id, disposition,
    provider_attachment_id, raw_start, raw_end, raw_encoding
  )
  join written using (provider_id)
  on conflict (account_id, provider_id, part_id) do update set
    filename = excluded.filename, mime_type = excluded.mime_type, size_bytes = excluded.size_bytes,
    content_id = excluded.content_id, disposition = excluded.disposition,
    failure = null, fetch_attempts = 0, attempted_at = null,
    provider_attachment_id = excluded.provider_attachment_id, raw_start = excluded.raw_start,
    raw_end = excluded.raw_end, raw_encoding = excluded.raw_encoding
)
select provider_id as "providerId", case when is_hidden then 'gone' else 'stored' end as outcome from written
union all
select provider_id, 'gone' from buried
union all
select null, 'outdated' where (select mark from current) is distinct from $48::uuid`;
