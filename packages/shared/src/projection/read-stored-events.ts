import { readFactIfAny } from "../events/read-fact.ts";
import type { PoolClient } from "../postgres/create-pool.ts";
import type { PositionedEvent } from "./project-batch.ts";
import type { LogPosition } from "./views.ts";

const rowsPerRead = 500;

/** What the projector passed over stays passed over. Times as they were projected: to the millisecond. */
const sql = `
  select epoch, seq::float8 as seq, id, tenant_id as "tenantId", account_id as "accountId", source, fact, version,
    to_char(happened_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as time,
    fact ? 'notProjected' as "isSkipped"
  from events
  where (epoch, seq) > ($1::integer, $2::bigint)
  order by events.epoch, events.seq
  limit ${rowsPerRead}`;

interface Row extends LogPosition {
  readonly id: string;
  readonly tenantId: string;
  readonly accountId: string;
  readonly source: string;
  readonly fact: unknown;
  readonly version: number;
  readonly time: string;
  readonly isSkipped: boolean;
}

export interface StoredEvents {
  readonly events: readonly PositionedEvent[];
  /** Events that are none. */
  readonly unreadable: number;
  /** Of the last row, whatever it was; null when there is none behind the position asked for. */
  readonly last: LogPosition | null;
}

/**
 * The next events of the audit trail after a position, in the order in which they were projected.
 *
 * @throws {NewerFactError} when a newer version has projected some of them
 */
export async function readStoredEvents(client: PoolClient, after: LogPosition): Promise<StoredEvents> {
  const { rows } = await client.query<Row>({
    name: "read-stored-events",
    text: sql,
    values: [after.epoch, after.seq],
  });
  const projected = rows.filter(({ isSkipped }) => !isSkipped);
  const events = projected.flatMap(toEvent);
  const last = rows.at(-1);
  return {
    events,
    unreadable: projected.length - events.length,
    last: last === undefined ? null : { epoch: last.epoch, seq: last.seq },
  };
}

function toEvent({ epoch, seq, isSkipped: _, fact: json, version, ...event }: Row): PositionedEvent[] {
  const fact = readFactIfAny(json, version);
  return fact === null ? [] : [{ position: { epoch, seq }, event: { ...event, fact } }];
}
