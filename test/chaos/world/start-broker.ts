import { join } from "node:path";
import { prepareBrokerUsers } from "@millrace/infra/nats/broker-users";
import { resolveNatsServer } from "@millrace/infra/nats/resolve-nats-server";
import { asker, type Broker } from "./broker.ts";
import type { ChaosFolder } from "./chaos-folder.ts";
import { NatsCluster } from "./nats-cluster.ts";
import { reservePort } from "./reserve-port.ts";
import { SupervisedNats } from "./supervised-nats.ts";

/**
 * Starts the broker of a run, with the users and permissions that are shipped.
 *
 * @param nodes how many servers it is made of
 */
export async function startBroker(
  folder: ChaosFolder,
  nodes: number,
  tenantIds: ReadonlySet<string>,
  say: (line: string) => void,
): Promise<Broker> {
  const { file } = await resolveNatsServer({ say });
  const users = prepareBrokerUsers(join(folder.path, "nats-users"), {
    outsiders: () => [{ name: asker, asks: [...tenantIds], follows: [] }],
  });
  if (nodes > 1) return NatsCluster.start(file, users, folder, nodes);
  const port = await reservePort();
  const server = new SupervisedNats(port, {
    file,
    accountsFile: users.accountsFile,
    folder: folder.natsDisk.folder,
    logFile: join(folder.logs, "nats.log"),
    onSpawn: (process) => folder.guard(process),
  });
  await server.ensureRunning();
  return {
    users,
    ports: [port],
    ownPorts: [port],
    cluster: null,
    kill: () => server.kill(),
    stop: () => server.stop(),
    wipe: () => server.wipe(),
    ensureRunning: () => server.ensureRunning(),
  };
}
