import type { EventLog } from "@millrace/shared/nats/event-log";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { Keyring } from "@millrace/shared/postgres/keyring";
import type { MailProvider } from "@millrace/shared/providers/mail-provider";

/** What the fetcher's step reaches the world through. */
export interface FetcherPorts {
  readonly pool: Pool;
  readonly keyring: Keyring;
  readonly eventLog: EventLog;
  readonly provider: MailProvider;
  /** Fetched mail is written as soon as it weighs this much, however few messages that is (rule I10). */
  readonly flushBytesMax: number;
}
