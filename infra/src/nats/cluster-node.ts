import { fileURLToPath } from "node:url";

/** A nats-server that is one of several on the loopback interface, which keep copies of the same streams. */
export interface ClusterNode {
  readonly name: string;
  /** Where it takes connections of other nodes. */
  readonly routePort: number;
  /** Where it tells nodes to reach it that do not know it yet. */
  readonly advertisedPort: number;
  /** Through which it reaches each of the others. */
  readonly peerPorts: readonly number[];
  /** Where `/healthz` answers. */
  readonly monitorPort: number;
  /** Files in PEM: by them nodes know each other. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string };
}

/** The configuration of a node that is shipped, which takes what differs from the environment. */
export const clusterConfigurationFile: string = fileURLToPath(
  new URL("../../nats/cluster/cluster.conf", import.meta.url),
);

/** What `cluster.conf` takes from the environment. */
export function clusterEnvironment(node: ClusterNode, storeFolder: string): Readonly<Record<string, string>> {
  const routes = node.peerPorts.map((port) => `nats-route://127.0.0.1:${port}`);
  return {
    NATS_SERVER_NAME: node.name,
    NATS_STORE_DIR: storeFolder,
    NATS_CLUSTER_LISTEN: `127.0.0.1:${node.routePort}`,
    NATS_CLUSTER_ADVERTISE: `127.0.0.1:${node.advertisedPort}`,
    NATS_ROUTES: JSON.stringify(routes),
    NATS_CLUSTER_TLS_CERT: node.tls.cert,
    NATS_CLUSTER_TLS_KEY: node.tls.key,
    NATS_CLUSTER_TLS_CA: node.tls.ca,
    NATS_MONITOR_LISTEN: `127.0.0.1:${node.monitorPort}`,
  };
}
