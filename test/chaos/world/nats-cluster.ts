import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { BrokerUsers } from "@millrace/infra/nats/broker-users";
import { makeTestAuthority } from "@millrace/infra/testing/test-certificates";
import type { ChaosFolder } from "./chaos-folder.ts";
import { NatsNode, type Route } from "./nats-node.ts";
import { reservePort } from "./reserve-port.ts";
import { SupervisedNats } from "./supervised-nats.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

const wholeMaxMs = 120_000;
const lookEveryMs = 200;

/** Several nats-servers that keep copies of the same streams. Nodes reach each other through proxies, one for each way. */
export class NatsCluster {
  readonly users: BrokerUsers;
  readonly nodes: readonly NatsNode[];
  readonly ports: readonly number[];
  readonly ownPorts: readonly number[];
  readonly cluster: NatsCluster = this;
  readonly #routes: readonly Route[];

  private constructor(users: BrokerUsers, nodes: readonly NatsNode[], routes: readonly Route[]) {
    this.users = users;
    this.nodes = nodes;
    this.ports = nodes.map(({ server }) => server.port);
    this.ownPorts = nodes.map(({ ownWay }) => ownWay.port);
    this.#routes = routes;
  }

  static async start(
    file: string,
    users: BrokerUsers,
    folder: ChaosFolder,
    count: number,
  ): Promise<NatsCluster> {
    const certificates = join(folder.path, "nats-nodes");
    mkdirSync(certificates, { recursive: true });
    const authority = await makeTestAuthority(certificates, "nodes");
    const names = Array.from({ length: count }, (_, at) => `n${at + 1}`);
    const routePorts = await Promise.all(names.map(() => reservePort()));
    const routes = await openRoutes(names, routePorts);
    const nodes = await Promise.all(
      names.map(async (name, at) => {
        const [port, monitorPort, advertisedPort] = [
          await reservePort(),
          await reservePort(),
          await reservePort(),
        ];
        const disk = folder.nodeDisk(name);
        const server = new SupervisedNats(port, {
          file,
          accountsFile: users.accountsFile,
          folder: disk.folder,
          logFile: join(folder.logs, `nats-${name}.log`),
          onSpawn: (process) => folder.guard(process),
          cluster: {
            name,
            routePort: routePorts[at] as number,
            // Nobody listens there: nodes find each other through the proxies and in no other way.
            advertisedPort,
            peerPorts: routes.filter(({ from }) => from === name).map(({ proxy }) => proxy.port),
            monitorPort,
            tls: {
              ...(await authority.sign(`node-${name}`, { ip: "127.0.0.1" })),
              ca: authority.cert,
            },
          },
        });
        return new NatsNode(name, server, disk, monitorPort, await startTcpProxy(await reservePort(), port));
      }),
    );
    const cluster = new NatsCluster(users, nodes, routes);
    await cluster.ensureRunning();
    return cluster;
  }

  kill(): Promise<void> {
    return this.#each((server) => server.kill());
  }

  async stop(): Promise<void> {
    await this.#each((server) => server.stop());
    await Promise.all([
      ...this.#routes.map(({ proxy }) => proxy.close()),
      ...this.nodes.map(({ ownWay }) => ownWay.close()),
    ]);
  }

  wipe(): Promise<void> {
    return this.#each((server) => server.wipe());
  }

  /** Starts the nodes that do not run, and waits until each has caught up with the others. */
  async ensureRunning(): Promise<void> {
    for (const { server } of this.nodes) server.thaw();
    await this.#each((server) => server.ensureRunning());
    if (!(await this.isWhole(wholeMaxMs)))
      throw new Error("The nodes of the cluster do not find together, see nats-*.log");
  }

  /** Whether each node has all that the others have, now or within a time. */
  async isWhole(timeoutMs: number): Promise<boolean> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const healthy = await Promise.all(this.nodes.map((node) => node.isHealthy()));
      if (healthy.every(Boolean)) return true;
      if (Date.now() > deadline) return false;
      await sleep(lookEveryMs);
    }
  }

  node(name: string): NatsNode {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined) throw new Error(`There is no node ${name}.`);
    return found;
  }

  /** Ways between a node and the others, in both directions. */
  routesOf(name: string): TcpProxy[] {
    return this.#routes.filter(({ from, to }) => from === name || to === name).map(({ proxy }) => proxy);
  }

  async #each(work: (server: SupervisedNats) => Promise<void>): Promise<void> {
    await Promise.all(this.nodes.map(({ server }) => work(server)));
  }
}

async function openRoutes(names: readonly string[], ports: readonly number[]): Promise<Route[]> {
  const pairs = names.flatMap((from) => names.filter((to) => to !== from).map((to) => ({ from, to })));
  return Promise.all(
    pairs.map(async ({ from, to }) => ({
      from,
      to,
      proxy: await startTcpProxy(await reservePort(), ports[names.indexOf(to)] as number),
    })),
  );
}
