import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

const retryMs = 300;
const connectTimeoutMs = 3_000;

/** The run's own look at the database: what cannot be answered now is asked again. */
export class Database {
  readonly #pool: pg.Pool;

  constructor(url: string) {
    this.#pool = new pg.Pool({
      connectionString: url,
      max: 3,
      connectionTimeoutMillis: connectTimeoutMs,
    });
    this.#pool.on("error", () => undefined);
  }

  /** @throws what Postgres said last, when it does not answer within `patienceMs` */
  async query<Row extends pg.QueryResultRow>(
    sql: string,
    values: readonly unknown[] = [],
    patienceMs = 60_000,
  ): Promise<Row[]> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      try {
        return (await this.#pool.query<Row>(sql, [...values])).rows;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await sleep(retryMs);
      }
    }
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}
