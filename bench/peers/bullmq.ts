import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import type { Peer, PickupJob } from "./peer.ts";

const queue = "pickup";
/** A worker that blocks must wait for as long as it takes. */
const connect = (url: string): Redis => new Redis(url, { maxRetriesPerRequest: null });

/** A worker blocks on the queue, so that a job wakes it; that is how it is made. */
export const bullMq: Peer = {
  name: "bullmq",
  server: "redis",
  async connect(url) {
    const connection = connect(url);
    const jobs = new Queue<PickupJob>(queue, { connection });
    await jobs.waitUntilReady();
    return {
      add: async (job) => void (await jobs.add(queue, job, { removeOnComplete: true })),
      close: async () => {
        await jobs.close();
        connection.disconnect();
      },
    };
  },
  async work(url, handle) {
    const worker = new Worker<PickupJob>(queue, ({ data }) => handle(data), {
      connection: connect(url),
      concurrency: 4,
    });
    worker.on("error", (error) => process.stderr.write(`bullmq: ${error.message}\n`));
    await worker.waitUntilReady();
  },
};
