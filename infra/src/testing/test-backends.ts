import type { ServiceUrls } from "../postgres/database-users.ts";

/** What the run's set-up hands to every test file. */
export interface TestBackends {
  /** The Postgres of this run: its URL leads to the database `postgres`. */
  readonly postgresUrl: string;
  /** The database that every test database is a copy of; it has all migrations. */
  readonly templateDatabase: string;
  /** That database's, as each service's own user. */
  readonly serviceUrls: ServiceUrls;
  /** The nats-server program of this run. */
  readonly natsServerFile: string;
  /** With `TEST_BACKENDS=containers`: the image that brokers run in instead. */
  readonly natsImage: string | null;
}

declare module "vitest" {
  interface ProvidedContext {
    millraceTestBackends: TestBackends;
  }
}
