import type pg from "pg";

/** How many rows are due of each kind, all of them long past their time. */
export interface OldRows {
  readonly syncs: number;
  readonly messages: number;
  readonly auditEntries: number;
  readonly notes: number;
  readonly deliveries: number;
  readonly tombstones: number;
}

const chunksPerSync = 8;
const eventsPerSync = 10;
const accounts = 200;
/** Before the first of this bench's own facts. */
const epoch = 0;

/** Rows that go, of so many old ones: a sync goes with its chunks and facts. */
export const dueRows = ({ syncs, messages, auditEntries, notes, deliveries, tombstones }: OldRows): number =>
  syncs * (1 + chunksPerSync + eventsPerSync) + messages + auditEntries + notes + deliveries + tombstones;

/**
 * Puts rows into a database as years without retention would have left them: syncs with chunks and facts, deleted mail, audit
 * entries, notes, deliveries and tombstones of 200 accounts, which are synced no more.
 */
export async function seedOldRows(database: pg.Pool, old: OldRows): Promise<void> {
  const of = "'acc_old_' || (n % $1)";
  const statements: readonly [string, ...number[]][] = [
    [`insert into tenants (id, name) values ('bench', 'bench') on conflict do nothing`],
    [
      `insert into accounts (id, tenant_id, provider, email, sealed_credentials)
       select ${of}, 'bench', 'gmail', n || '@old.test', '' from generate_series(0, $1 - 1) n`,
      accounts,
    ],
    [
      `insert into account_states (account_id, tenant_id, watermark, last_synced_at, epoch, seq)
       select ${of}, 'bench', '1', now(), ${epoch}, 0 from generate_series(0, $1 - 1) n`,
      accounts,
    ],
    [
      `insert into syncs (id, tenant_id, account_id, status, created_at, started_at, ended_at, epoch, seq)
       select 'syn_old_' || n, 'bench', ${of}, 'completed', at, at, at, ${epoch}, n
       from generate_series(1, $2) n, lateral (select now() - interval '400 days' + n * interval '1 minute' as at) t`,
      accounts,
      old.syncs,
    ],
    [
      `insert into chunks (sync_id, chunk_index, tenant_id, account_id, page_number, lane, size, listed_at, settled_at,
         state, epoch, seq)
       select 'syn_old_' || n, chunk, 'bench', ${of}, 0, 'bulk', 100, now(), now(), 'settled', ${epoch}, n
       from generate_series(1, $2) n, generate_series(1, ${chunksPerSync}) chunk`,
      accounts,
      old.syncs,
    ],
    [
      `insert into events (epoch, seq, id, tenant_id, account_id, sync_id, type, source, happened_at, fact)
       select ${epoch}, n::bigint * 100 + fact, 'evt_' || n || '_' || fact, 'bench', ${of}, 'syn_old_' || n, 'chunk.fetched', 'bench',
         now() - interval '400 days' + n * interval '1 minute',
         jsonb_build_object('type', 'chunk.fetched', 'messageIds', repeat(md5(n::text), 40))
       from generate_series(1, $2) n, generate_series(1, ${eventsPerSync}) fact`,
      accounts,
      old.syncs,
    ],
    [
      `insert into messages (account_id, provider_id, tenant_id, id, label_ids, size_bytes, snippet, reference_ids,
         headers, addresses, content, text_body, defects, search, sync_id, work, deleted_at, deleted_why)
       select ${of}, 'm' || n, 'bench', 'msg_old_' || n, '{}', 2000, md5(n::text), '{}',
         '[]', '{}', 'full', repeat(md5(n::text), 40), '{}', to_tsvector('simple', md5(n::text) || ' ' || n), 's', '0',
         now() - interval '60 days', 'deleted'
       from generate_series(1, $2) n`,
      accounts,
      old.messages,
    ],
    [
      `insert into audit_entries (id, tenant_id, at, actor_kind, actor_id, method, route, params, request_id, address)
       select 'aud_old_' || n, 'bench', now() - interval '700 days' + n * interval '1 second', 'key', 'key_1', 'POST',
         '/v1/syncs', '{}', 'r' || n, '127.0.0.1' from generate_series(1, $1) n`,
      old.auditEntries,
    ],
    [
      `insert into events (epoch, seq, id, tenant_id, account_id, type, source, happened_at, fact)
       select ${epoch}, 1000000000 + n, 'evt_note_' || n, 'bench', ${of}, 'watch.renewed', 'bench',
         now() - interval '700 days' + n * interval '1 second', jsonb_build_object('type', 'watch.renewed', 'n', md5(n::text))
       from generate_series(1, $2) n`,
      accounts,
      old.notes,
    ],
    [
      `insert into webhook_endpoints (id, tenant_id, url, events, sealed_secret, enabled, disabled_reason, disabled_at)
       values ('whe_old', 'bench', 'https://example.com', '{sync.completed}', '', false, 'requested', now())`,
    ],
    [
      `insert into webhook_deliveries (id, tenant_id, endpoint_id, type, body, state, created_at)
       select 'whm_old_' || n, 'bench', 'whe_old', 'sync.completed', repeat(md5(n::text), 10), 'delivered',
         now() - interval '60 days' from generate_series(1, $1) n`,
      old.deliveries,
    ],
    [
      `insert into tombstones (account_id, provider_id, tenant_id, buried_at)
       select ${of}, 't' || n, 'bench', now() - interval '60 days' from generate_series(1, $2) n`,
      accounts,
      old.tombstones,
    ],
  ];
  for (const [sql, ...values] of statements) await database.query(sql, values);
  await database.query("vacuum (analyze)");
}

const leftSql = `
  select ((select count(*) from syncs where id like 'syn_old_%') + (select count(*) from chunks where sync_id like 'syn_old_%')
    + (select count(*) from events where epoch = ${epoch}) + (select count(*) from messages where id like 'msg_old_%')
    + (select count(*) from audit_entries where id like 'aud_old_%')
    + (select count(*) from webhook_deliveries where id like 'whm_old_%')
    + (select count(*) from tombstones where account_id like 'acc_old_%'))::float8 as count`;

/** How many of them are left. */
export async function countLeft(database: pg.Pool): Promise<number> {
  return (await database.query<{ count: number }>(leftSql)).rows[0]?.count ?? 0;
}
