import { currentVersion } from "../events/upcast-fact.ts";
import type { PoolClient, Queries } from "../postgres/create-pool.ts";
import type { PositionedEvent } from "./project-batch.ts";

const columns = "epoch, seq, id, tenant_id, account_id, sync_id, type, source, happened_at, fact, version";

/**
 * Events as rows, from a parameter that `eventsValue` gives: one JSON text, because the elements of an array would be
 * quoted one by one, and read again so.
 *
 * @param name of the rows
 */
const eventRows = (parameter: number, name: string): string => `
  jsonb_to_recordset($${parameter}::jsonb) as ${name} (
    epoch integer, seq bigint, id text, tenant_id text, account_id text, sync_id text, type text, source text,
    happened_at timestamptz, fact jsonb, version smallint
  )`;

export const eventsValue = (events: readonly PositionedEvent[]): string => JSON.stringify(events.map(rowOf));

const rowOf = ({ position, event }: PositionedEvent) => ({
  epoch: position.epoch,
  seq: position.seq,
  id: event.id,
  tenant_id: event.tenantId,
  account_id: event.accountId,
  sync_id: "syncId" in event.fact ? event.fact.syncId : null,
  type: event.fact.type,
  source: event.source,
  happened_at: event.time,
  fact: event.fact,
  version: currentVersion(event.fact.type),
});

/**
 * Part of a `with` that adds events to the audit trail. A position that is taken is an error: the checkpoint and the audit
 * trail disagree, and nothing may be hidden.
 */
export const insertEvents = (parameter: number, condition: string): string => `
    events_written as (
      insert into events (${columns}) select ${columns} from ${eventRows(parameter, "told")} where ${condition}
    )`;

/**
 * Only the very same event of an earlier epoch is known already. An id alone would not do: a decision that was taken
 * anew, from a log that had lost the first one, may have the same id and another content. One that is kept in another
 * version has another content in any case: there its id and its time say that it is the same.
 */
const knownSql = `
  select seq::float8 as seq from ${eventRows(1, "told")}
  where exists (
    select from events as known
    where known.id = told.id and known.account_id = told.account_id and known.epoch < told.epoch
      and known.happened_at = told.happened_at and (known.fact = told.fact or known.version <> told.version))`;

/** Events that no earlier epoch has, in order. */
export async function unknownEvents(
  database: Queries,
  events: readonly PositionedEvent[],
): Promise<readonly PositionedEvent[]> {
  if (events.every(({ position }) => position.epoch === 1)) return events;
  const query = { name: "known-events", text: knownSql, values: [eventsValue(events)] };
  const { rows } = await database.query<{ seq: number }>(query);
  const known = new Set(rows.map(({ seq }) => seq));
  return events.filter(({ position }) => !known.has(position.seq));
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
