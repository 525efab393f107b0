import type { NatsSpec } from "../nats/start-nats-server.ts";

export type TestBrokerSpec = Pick<NatsSpec, "folder" | "port" | "accountsFile" | "tls">;

/** One run of a broker: another one may follow on its folder and its port. */
export interface TestBroker {
  readonly url: string;
  readonly port: number;
  /** Has it read its configuration again; resolves when it has. */
  reload(): Promise<void>;
  /** An orderly shutdown, when it runs. */
  stop(): Promise<void>;
  /** `kill -9`. */
  kill(): Promise<void>;
}
