import { resolveNatsServer } from "../nats/resolve-nats-server.ts";
import { startNatsServer } from "../nats/start-nats-server.ts";
import { supervise } from "../process/supervise.ts";
import { type StackContext, tellAbout } from "./stack-context.ts";

/** Starts our own nats-server with its store in the data folder; returns its URL. */
export async function embeddedNats({ announcer, data, env, table, signal }: StackContext): Promise<string> {
  const program = await resolveNatsServer({ say: announcer.line, env });
  signal.throwIfAborted();
  const logFile = data.freshLog("nats");
  let port: number | undefined;
  const start = async () => {
    const running = await startNatsServer({
      file: program.file,
      folder: data.nats,
      logFile,
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
  return url;
}
