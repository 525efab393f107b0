import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { LogPosition } from "@millrace/shared/projection/views";
import { eventText } from "../live/live-stream.ts";
import type { StreamSource } from "../live/polled-stream.ts";
import { beginning } from "../live/version.ts";
import { type EventRow, eventColumns, eventOf } from "./event-rows.ts";

/** Facts with all that they carry are some kilobytes each. */
const factsPerRead = 100;

export interface FactFilter {
  readonly tenantId: string;
  readonly accountId: string | null;
  readonly syncId: string | null;
  readonly type: string | null;
}

const newestSql = `
  select epoch, seq::float8 as seq from events where tenant_id = $1
  order by events.epoch desc, events.seq desc limit 1`;

/** Facts are projected in order, so whatever is behind the newest one has been there before it. */
const factsSql = `
  select ${eventColumns}
  from events
  where tenant_id = $2 and ($3::text is null or account_id = $3) and ($4::text is null or type = $4)
    and ($5::text is null or sync_id = $5 or fact -> 'resumed' ? $5 or fact -> 'restored' ? $5 or fact -> 'cancelled' ? $5)
    and (epoch, seq) > ($6::integer, $7::bigint) and (epoch, seq) <= ($8::integer, $9::bigint)
  order by events.epoch, events.seq
  limit ${factsPerRead}`;

/**
 * The facts of a tenant for one client, in order, each once: those after a position, and on.
 *
 * @param after null: from now on
 */
export function createFactSource(pool: Pool, filter: FactFilter, after: LogPosition | null): StreamSource {
  const { tenantId, accountId, syncId, type } = filter;
  let position = after;

  const readNewest = async (): Promise<LogPosition> => {
    const query = { name: "newest-fact", text: newestSql, values: [tenantId] };
    const { rows } = await pool.of(tenantId).query<LogPosition>(query);
    return rows[0] ?? beginning;
  };

  return {
    read: async () => {
      const newest = await readNewest();
      const from = position ?? newest;
      const values = [
        false,
        tenantId,
        accountId,
        type,
        syncId,
        from.epoch,
        from.seq,
        newest.epoch,
        newest.seq,
      ];
      const query = { name: "facts-after", text: factsSql, values };
      const { rows } = await pool.of(tenantId).query<EventRow>(query);
      const last = rows.at(-1);
      const isMore = rows.length === factsPerRead && last !== undefined;
      // What the filter leaves out is not looked through again.
      position = isMore ? { epoch: last.epoch, seq: last.seq } : newest;
      const events = rows.map(eventOf).map((event) => eventText("fact", event.version, event));
      return { events, isMore, lastWords: null };
    },
  };
}
