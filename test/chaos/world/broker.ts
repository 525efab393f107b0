import type { BrokerUsers } from "@millrace/infra/nats/broker-users";
import type { NatsCluster } from "./nats-cluster.ts";

/** Another service, which asks for syncs of all tenants. */
export const asker = "asker";

/** The broker as a whole: one nats-server, or a cluster of them. It can be taken away and comes back on the same ports. */
export interface Broker {
  readonly users: BrokerUsers;
  /** Where each of its servers takes clients. */
  readonly ports: readonly number[];
  /** The same, on ways that the run itself uses: never silent ones. */
  readonly ownPorts: readonly number[];
  /** Its nodes; null when it is one server. */
  readonly cluster: NatsCluster | null;
  /** `kill -9` of all of it. */
  kill(): Promise<void>;
  /** In order. */
  stop(): Promise<void>;
  /** Kills it and removes all that it had. */
  wipe(): Promise<void>;
  /** Starts what of it does not run. */
  ensureRunning(): Promise<void>;
}
