import type { JetStreamManager } from "@nats-io/jetstream";
import type { Client } from "pg";

const tablesSql = `
  select table_name as name from information_schema.tables
  where table_schema = 'public' and table_type = 'BASE TABLE' order by table_name`;

/** What notes that somebody has asked is no change of what there is. */
const asking = new Set(["audit_entries"]);
/** What changes by itself: who has used what when, and how webhooks fare that are sent meanwhile. */
const ownCourse = [
  ...["last_used_at", "attempts", "attempted_at", "due_at", "last_status", "last_error"],
  ...["failures", "failing_since", "failed_at", "open_until", "turn_id", "turn_until"],
];

/** A fingerprint of all that the API could have changed: every row of every table, and what the streams hold. */
export class ApiState {
  readonly #database: Client;
  readonly #broker: JetStreamManager;
  readonly #sql: string;

  private constructor(database: Client, broker: JetStreamManager, sql: string) {
    this.#database = database;
    this.#broker = broker;
    this.#sql = sql;
  }

  static async of(database: Client, broker: JetStreamManager): Promise<ApiState> {
    const { rows } = await database.query<{ name: string }>(tablesSql);
    const parts = rows
      .filter(({ name }) => !asking.has(name))
      .map(
        ({ name }) =>
          `select '${name}' as name, md5(coalesce(string_agg(row, '' order by row), '')) as hash
           from (select (to_jsonb(t) - '{${ownCourse.join()}}'::text[])::text as row from ${name} t) as rows`,
      );
    const sql = `select string_agg(name || ' ' || hash, e'\\n' order by name) as state from (${parts.join(" union all ")}) as all_tables`;
    return new ApiState(database, broker, sql);
  }

  /** @returns a line for each table and stream */
  async read(): Promise<string> {
    const [{ rows }, ...streams] = await Promise.all([
      this.#database.query<{ state: string }>(this.#sql),
      ...["EVENTS", "REQUESTS", "WORK"].map((name) => this.#broker.streams.info(name)),
    ]);
    const held = streams.map(({ config, state }) => `${config.name} ${state.last_seq}`);
    return [rows[0]?.state ?? "", ...held].join("\n");
  }
}

/** The names of what differs. */
export function changedParts(before: string, after: string): string {
  const known = new Set(before.split("\n"));
  const changed = after.split("\n").filter((line) => !known.has(line));
  return changed.map((line) => line.split(" ")[0]).join(", ");
}
