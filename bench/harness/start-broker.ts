import { join } from "node:path";
import { type BrokerUsers, prepareBrokerUsers } from "@millrace/infra/nats/broker-users";
import { resolveNatsServer } from "@millrace/infra/nats/resolve-nats-server";
import { startNatsServer } from "@millrace/infra/nats/start-nats-server";
import type { ServerProcess } from "@millrace/infra/process/server-process";
import { type NatsAccess, readNatsAccess } from "@millrace/shared/nats/read-nats-access";
import { scratchFolder } from "./scratch-folder.ts";

export interface Broker {
  readonly url: string;
  /** Its users, as they are shipped. */
  readonly users: BrokerUsers;
  /** How the operator comes. */
  readonly access: NatsAccess;
  readonly process: ServerProcess;
  stop(): Promise<void>;
}

/** A nats-server as in production, flushing, users and permissions included, and nothing else. */
export async function startBroker(): Promise<Broker> {
  const folder = scratchFolder("nats");
  const { file } = await resolveNatsServer({ say: (line) => process.stderr.write(`${line}\n`) });
  const users = prepareBrokerUsers(join(folder.path, "users"));
  const server = await startNatsServer({
    file,
    accountsFile: users.accountsFile,
    folder: folder.path,
    logFile: join(folder.path, "nats.log"),
    onSpawn: ({ pid }) => folder.guard(pid),
  });
  return {
    url: server.url,
    users,
    access: readNatsAccess({ NATS_URL: server.url, NATS_NKEY_SEED_FILE: users.seedFile("operator") }).access,
    process: server.process,
    stop: async () => {
      await server.stop();
      folder.remove();
    },
  };
}
