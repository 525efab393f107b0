import { join } from "node:path";
import { heapFlags, type LimitedService } from "../process/heap-flags.ts";
import { startNodeService } from "../process/start-node-service.ts";
import { supervise } from "../process/supervise.ts";
import { checkout } from "./data-folder.ts";
import { type StackContext, tellAbout } from "./stack-context.ts";

/** Starts one of the services and keeps it running. */
export async function startService(
  context: StackContext,
  name: LimitedService,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { announcer, data, table, signal } = context;
  const logFile = data.freshLog(name);
  const start = () =>
    startNodeService({
      name,
      entry: join(checkout, "services", name, "src/main.ts"),
      nodeArgs: heapFlags(name),
      env,
      logFile,
      readyEvent: "service.ready",
      onSpawn: (process) => table.track(name, "service", process),
    });
  await announcer.step(
    `Starting ${name}`,
    () => supervise({ name, start, signal, ...tellAbout(announcer) }),
    () => `${name} ready`,
  );
}
