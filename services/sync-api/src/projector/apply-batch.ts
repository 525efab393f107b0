import type { Pool, PoolClient } from "@millrace/shared/postgres/create-pool";
import { withClient } from "@millrace/shared/postgres/with-client";
import { type PositionedEvent, projectBatch, touchedBy, type ViewChanges } from "./project-batch.ts";
import { type AccountView, accountColumns, type LogPosition, type SyncView, syncColumns } from "./views.ts";

export const checkpointName = "projector";
export const progressChannel = "millrace_progress";
/** A notification holds 8000 bytes at most; ids are at most 64 each. */
const syncsPerNotification = 50;

/** Another projector moved the checkpoint in between; read it again. */
export class CheckpointMovedError extends Error {
  readonly code = "checkpoint_moved";
  constructor() {
    super("Another projector has moved the checkpoint");
    this.name = "CheckpointMovedError";
  }
}

/**
 * Applies a batch of events: raw events, views and checkpoint in one transaction, and whoever watches is told
 * when it commits. The checkpoint moves by compare-and-set, so a batch is applied exactly once whatever
 * crashes, and two projectors cannot both win.
 *
 * @param expected the checkpoint as the caller knows it
 * @throws {CheckpointMovedError}
 */
export async function applyBatch(
  pool: Pool,
  expected: LogPosition,
  events: readonly PositionedEvent[],
): Promise<void> {
  await inTransaction(pool, async (client) => {
    await moveCheckpoint(client, expected, lastPosition(events));
    await insertEvents(client, events);
    const changes = projectBatch(await readViews(client, events), events);
    await writeViews(client, changes);
    await notify(client, lastPosition(events), changes.syncs);
  });
}

const skipEventSql = `
  insert into events (epoch, seq, id, tenant_id, account_id, type, source, happened_at, fact)
  values ($1, $2, $3, $4, $5, $6, 'projector', now(), $7)`;

/**
 * Passes over one event that the database refuses, so that it cannot stop all that come after it. The audit
 * trail keeps its place and the reason.
 *
 * @throws {CheckpointMovedError}
 */
export async function skipEvent(
  pool: Pool,
  expected: LogPosition,
  { event, position }: PositionedEvent,
  reason: string,
): Promise<void> {
  await inTransaction(pool, async (client) => {
    await moveCheckpoint(client, expected, position);
    await client.query(skipEventSql, [
      position.epoch,
      position.seq,
      `skipped.${position.epoch}.${position.seq}`,
      event.tenantId,
      event.accountId,
      event.fact.type,
      JSON.stringify({ type: event.fact.type, notProjected: reason.slice(0, 500) }),
    ]);
  });
}

async function inTransaction(pool: Pool, work: (client: PoolClient) => Promise<void>): Promise<void> {
  const inOne = async (client: PoolClient): Promise<void> => {
    await client.query("begin");
    try {
      await work(client);
      await client.query("commit");
    } catch (error) {
      await client.query("rollback").catch(() => {});
      throw error;
    }
  };
  await withClient(pool, inOne, (error) => error instanceof CheckpointMovedError);
}

function lastPosition(events: readonly PositionedEvent[]): LogPosition {
  const last = events.at(-1);
  if (last === undefined) throw new Error("A batch holds at least one event");
  return last.position;
}

const moveCheckpointSql = `
  update checkpoints set seq = $4, updated_at = now()
  where name = $1 and epoch = $2 and seq = $3`;

async function moveCheckpoint(client: PoolClient, from: LogPosition, to: LogPosition): Promise<void> {
  const { rowCount } = await client.query({
    name: "move-checkpoint",
    text: moveCheckpointSql,
    values: [checkpointName, from.epoch, from.seq, to.seq],
  });
  if (rowCount !== 1) throw new CheckpointMovedError();
}

const insertEventsSql = `
  insert into events (epoch, seq, id, tenant_id, account_id, sync_id, type, source, happened_at, fact)
  select * from unnest(
    $1::integer[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::timestamptz[], $10::jsonb[])
  on conflict (epoch, seq) do nothing`;

async function insertEvents(client: PoolClient, events: readonly PositionedEvent[]): Promise<void> {
  const column = <T>(read: (positioned: PositionedEvent) => T): T[] => events.map(read);
  await client.query({
    name: "insert-events",
    text: insertEventsSql,
    values: [
      column(({ position }) => position.epoch),
      column(({ position }) => position.seq),
      column(({ event }) => event.id),
      column(({ event }) => event.tenantId),
      column(({ event }) => event.accountId),
      column(({ event }) => ("syncId" in event.fact ? event.fact.syncId : null)),
      column(({ event }) => event.fact.type),
      column(({ event }) => event.source),
      column(({ event }) => event.time),
      column(({ event }) => JSON.stringify(event.fact)),
    ],
  });
}

/** Rows come as JSON, so that big numbers, times and nulls have one form in both directions. */
const readSyncsSql = `select to_jsonb(syncs) as view from syncs where id = any($1)`;
const readAccountsSql = `select to_jsonb(account_states) as view from account_states where account_id = any($1)`;

async function readViews(client: PoolClient, events: readonly PositionedEvent[]) {
  const { syncIds, accountIds } = touchedBy(events);
  const syncs = await client.query<{ view: SyncView }>({
    name: "read-syncs",
    text: readSyncsSql,
    values: [syncIds],
  });
  const accounts = await client.query<{ view: AccountView }>({
    name: "read-accounts",
    text: readAccountsSql,
    values: [accountIds],
  });
  return { syncs: syncs.rows.map(({ view }) => view), accounts: accounts.rows.map(({ view }) => view) };
}

/** Replaces whole rows: the fold has decided already which event is newer. */
function upsertSql(table: string, key: string, columns: readonly string[]): string {
  const updates = columns
    .filter((column) => column !== key)
    .map((column) => `${column} = excluded.${column}`);
  return `
    insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1)
    on conflict (${key}) do update set ${updates.join(", ")}`;
}

const upsertSyncsSql = upsertSql("syncs", "id", syncColumns);
const upsertAccountsSql = upsertSql("account_states", "account_id", accountColumns);

const insertListedChunksSql = `
  insert into chunks select * from jsonb_populate_recordset(null::chunks, $1)
  on conflict (sync_id, chunk_index) do nothing`;

const settleChunksSql = `
  insert into chunks as existing select * from jsonb_populate_recordset(null::chunks, $1)
  on conflict (sync_id, chunk_index) do update set
    lane = excluded.lane, settled_at = excluded.settled_at, attempt = excluded.attempt, stored = excluded.stored,
    unchanged = excluded.unchanged, gone = excluded.gone, dead_lettered = excluded.dead_lettered,
    epoch = excluded.epoch, seq = excluded.seq
    where (existing.epoch, existing.seq) < (excluded.epoch, excluded.seq)`;

async function writeViews(client: PoolClient, changes: ViewChanges): Promise<void> {
  const write = async (name: string, text: string, rows: readonly object[]): Promise<void> => {
    if (rows.length > 0) await client.query({ name, text, values: [JSON.stringify(rows)] });
  };
  await write("upsert-syncs", upsertSyncsSql, changes.syncs);
  await write("upsert-accounts", upsertAccountsSql, changes.accounts);
  await write("insert-chunks", insertListedChunksSql, changes.listedChunks);
  await write("settle-chunks", settleChunksSql, changes.settledChunks);
}

async function notify(
  client: PoolClient,
  { epoch, seq }: LogPosition,
  syncs: readonly SyncView[],
): Promise<void> {
  for (let start = 0; start < syncs.length; start += syncsPerNotification) {
    const touched = syncs.slice(start, start + syncsPerNotification).map((view) => [view.tenant_id, view.id]);
    await client.query("select pg_notify($1, $2)", [
      progressChannel,
      JSON.stringify({ epoch, seq, syncs: touched }),
    ]);
  }
}
