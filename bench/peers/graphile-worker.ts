import { Logger, makeWorkerUtils, run } from "graphile-worker";
import type { Peer, PickupJob } from "./peer.ts";

const task = "pickup";
const logger = new Logger(() => () => {});

/** It listens for jobs by itself; its local queue trades latency for throughput, and stays off. */
export const graphileWorker: Peer = {
  name: "graphile-worker",
  server: "postgres",
  async connect(url) {
    const utils = await makeWorkerUtils({ connectionString: url, logger });
    await utils.migrate();
    return {
      add: async (job) => void (await utils.addJob(task, job)),
      close: async () => void (await utils.release()),
    };
  },
  async work(url, handle) {
    await run({
      connectionString: url,
      concurrency: 4,
      logger,
      noHandleSignals: true,
      taskList: { [task]: (payload) => handle(payload as PickupJob) },
    });
  },
};
