import type { LimitedService } from "../process/heap-flags.ts";
import { startNodeService } from "../process/start-node-service.ts";
import { supervise } from "../process/supervise.ts";
import { serviceSpec } from "./service-spec.ts";
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
      ...serviceSpec(name),
      env,
      logFile,
      onSpawn: (process) => table.track(name, "service", process),
    });
  await announcer.step(
    `Starting ${name}`,
    () => supervise({ name, start, signal, ...tellAbout(announcer) }),
    () => `${name} ready`,
  );
}
