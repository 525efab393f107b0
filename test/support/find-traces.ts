import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type pg from "pg";

/** Who asked for what outlives what it was about. */
const outliving: ReadonlySet<string> = new Set(["audit_entries"]);
const streamNames = ["REQUESTS", "EVENTS", "WORK", "STATE", "QUOTA"];

/**
 * Where anything is left of what these words name: every row of every table as text, and every subject and message of every
 * stream. Bytes are looked for as well.
 */
export async function findTraces(
  database: pg.Client,
  broker: NatsConnection,
  words: readonly string[],
): Promise<string[]> {
  return [...(await inTables(database, words)), ...(await inStreams(broker, words))].sort();
}

async function inTables(database: pg.Client, words: readonly string[]): Promise<string[]> {
  const patterns = words.flatMap((word) => [`%${word}%`, `%${Buffer.from(word).toString("hex")}%`]);
  const { rows: tables } = await database.query<{ name: string }>(
    `select table_name as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const found: string[] = [];
  for (const { name } of tables.filter((table) => !outliving.has(table.name))) {
    const sql = `select t::text as row from ${name} t where t::text like any($1)`;
    const { rows } = await database.query<{ row: string }>(sql, [patterns]);
    for (const { row } of rows) found.push(`${name}: ${row.slice(0, 300)}`);
  }
  return found;
}

async function inStreams(broker: NatsConnection, words: readonly string[]): Promise<string[]> {
  const jsm = await jetstreamManager(broker);
  const found: string[] = [];
  for (const name of streamNames) {
    const { state } = await jsm.streams.info(name);
    for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq++) {
      const message = await jsm.streams.getMessage(name, { seq });
      const text = message === null ? "" : `${message.subject} ${message.string()}`;
      if (words.some((word) => text.includes(word))) found.push(`${name}: ${text.slice(0, 300)}`);
    }
  }
  return found;
}

/** What is meant to stay: the fact, its view, and its id where the projector notes how far it is. */
export const isRemainder = (trace: string): boolean =>
  /^(events|EVENTS): .*account\.removed/.test(trace) ||
  /^account_states: .*removed/.test(trace) ||
  /^(checkpoints|STATE): .*acc_\w+\.removed\W/.test(trace);
