import { join } from "node:path";
import { type BrokerUsers, prepareBrokerUsers } from "../nats/broker-users.ts";
import { moveIntoAccount } from "../nats/move-into-account.ts";
import { resolveNatsServer } from "../nats/resolve-nats-server.ts";
import { startNatsServer } from "../nats/start-nats-server.ts";
import { supervise } from "../process/supervise.ts";
import { withDemoOutsider } from "./demo-outsider.ts";
import { type StackContext, tellAbout } from "./stack-context.ts";

export interface EmbeddedNats {
  readonly url: string;
  readonly users: BrokerUsers;
}

/** Starts our own nats-server with its store and its users in the data folder. */
export async function embeddedNats(
  { announcer, data, env, table, signal }: StackContext,
  tenantId: string,
): Promise<EmbeddedNats> {
  const program = await resolveNatsServer({ say: announcer.line, env });
  signal.throwIfAborted();
  const users = prepareBrokerUsers(data.natsUsers, {
    outsiders: (before) => withDemoOutsider(before, tenantId),
  });
  moveIntoAccount(join(data.nats, "store"));
  const logFile = data.freshLog("nats");
  let port: number | undefined;
  const start = async () => {
    const running = await startNatsServer({
      file: program.file,
      folder: data.nats,
      logFile,
      accountsFile: users.accountsFile,
      ...(port ? { port } : {}),
      onSpawn: (process) => table.track("nats", "nats", process),
    });
    port = running.port;
    return running;
  };
  const { url } = await announcer.step(
    "Starting NATS",
    () => supervise({ name: "nats", start, signal, ...tellAbout(announcer) }),
    () => `NATS ${program.version} ready`,
  );
  return { url, users };
}
