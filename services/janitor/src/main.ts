import { runService } from "@millrace/shared/service/run-service";
import { janitorConfigSchema } from "./config.ts";
import { reconcileQueue } from "./reconcile-queue.ts";
import { runPeriodically } from "./run-periodically.ts";

const reconcilerLock = 7_352_190_003;

await runService({
  name: "janitor",
  configSchema: janitorConfigSchema,
  connectionsMax: () => 4,
  start: async ({ config, nats, eventLog, pool, log, shutdown }) => {
    const ports = { pool, nats, eventLog, log, idleSeconds: config.RECONCILE_IDLE_SECONDS };
    const reconciler = runPeriodically(
      {
        name: "reconcile-queue",
        everySeconds: config.RECONCILE_SECONDS,
        lock: reconcilerLock,
        run: async (signal) => {
          await reconcileQueue(ports, signal);
        },
      },
      pool,
      log,
    );
    shutdown.onShutdown("reconciler", () => reconciler.stop());
    return { reconcileSeconds: config.RECONCILE_SECONDS };
  },
});
