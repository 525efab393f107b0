import { appendFileSync } from "node:fs";
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import pg from "pg";

/** An event as the log holds it. */
export interface RecordedEvent {
  readonly seq: number;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** What the log holds of an account, and what the services of that time made of it. */
export interface RecordedHistory {
  readonly account: string;
  readonly events: readonly RecordedEvent[];
  /** What views say in the end, of each sync and of the account. */
  readonly syncs: readonly Readonly<Record<string, unknown>>[];
  readonly watermark: string | null;
}

const syncsSql = `
  select account_id as account, json_agg(json_build_object('id', id, 'status', status, 'listed', listed, 'stored', stored,
    'unchanged', unchanged, 'gone', gone, 'deadLettered', dead_lettered) order by id) as syncs
  from syncs group by account_id`;
const watermarksSql = "select account_id as account, watermark from account_states";

/**
 * Adds the history of each account to a file, a JSON line each: what recordings of events are picked from. Only what the
 * simulator has made up may get into it.
 *
 * @param broker may read the whole log
 * @param databaseUrl the owner's
 */
export async function recordHistory(
  broker: NatsConnection,
  databaseUrl: string,
  file: string,
): Promise<void> {
  const events = await readLog(broker);
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  try {
    const { rows: syncs } = await database.query(syncsSql);
    const { rows: states } = await database.query(watermarksSql);
    for (const [account, own] of Map.groupBy(events, ({ subject }) => subject.split(".")[2] ?? "")) {
      const history: RecordedHistory = {
        account,
        events: own,
        syncs: syncs.find((row) => row.account === account)?.syncs ?? [],
        watermark: states.find((row) => row.account === account)?.watermark ?? null,
      };
      appendFileSync(file, `${JSON.stringify(history)}\n`);
    }
  } finally {
    await database.end();
  }
}

async function readLog(broker: NatsConnection): Promise<RecordedEvent[]> {
  const manager = await jetstreamManager(broker);
  const { state } = await manager.streams.info("EVENTS");
  const events: RecordedEvent[] = [];
  for (let seq = Math.max(state.first_seq, 1); seq <= state.last_seq; seq++) {
    const message = await manager.streams.getMessage("EVENTS", { seq });
    if (message === null || message.header.get("ce-id") === "") continue;
    const headers = [...message.header].map(([name, values]) => [name, values[0] ?? ""]);
    events.push({
      seq,
      subject: message.subject,
      headers: Object.fromEntries(headers),
      body: message.json(),
    });
  }
  return events;
}
