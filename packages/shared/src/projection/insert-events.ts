import type { PoolClient } from "../postgres/create-pool.ts";
import type { PositionedEvent } from "./project-batch.ts";

/**
 * A position that is taken is an error: the checkpoint and the audit trail disagree, and nothing may be hidden.
 * Only the very same event of an earlier epoch is left out. An id alone would not do: a decision that was taken
 * anew, from a log that had lost the first one, may have the same id and another content.
 */
const insertSql = `
  insert into events (epoch, seq, id, tenant_id, account_id, sync_id, type, source, happened_at, fact)
  select * from unnest(
    $1::integer[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::timestamptz[], $10::jsonb[])
    as told (epoch, seq, id, tenant_id, account_id, sync_id, type, source, happened_at, fact)
  where not exists (
    select from events as known
    where known.id = told.id and known.account_id = told.account_id and known.epoch < told.epoch
      and known.happened_at = told.happened_at and known.fact = told.fact)
  returning seq::float8 as seq`;

/**
 * Adds events to the audit trail.
 *
 * @returns those that no earlier epoch has, in order
 */
export async function insertEvents(
  client: PoolClient,
  events: readonly PositionedEvent[],
): Promise<PositionedEvent[]> {
  const column = <T>(read: (positioned: PositionedEvent) => T): T[] => events.map(read);
  const { rows } = await client.query<{ seq: number }>({
    name: "insert-events",
    text: insertSql,
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
  const inserted = new Set(rows.map(({ seq }) => seq));
  return events.filter(({ position }) => inserted.has(position.seq));
}

const insertSkippedSql = `
  insert into events (epoch, seq, id, tenant_id, account_id, type, source, happened_at, fact)
  values ($1, $2, $3, $4, $5, $6, 'projector', now(), $7)`;

/** Keeps the place of an event that the database refuses, and why. */
export async function insertSkipped(
  client: PoolClient,
  { event, position }: PositionedEvent,
  reason: string,
): Promise<void> {
  await client.query(insertSkippedSql, [
    position.epoch,
    position.seq,
    `skipped.${position.epoch}.${position.seq}`,
    event.tenantId,
    event.accountId,
    event.fact.type,
    JSON.stringify({ type: event.fact.type, notProjected: reason.slice(0, 500) }),
  ]);
}
