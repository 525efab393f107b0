import { PgBoss } from "pg-boss";
import type { Peer, PickupJob } from "./peer.ts";

const queue = "pickup";

/** As its documentation advises for low latency: LISTEN/NOTIFY, so that polling is only a backstop. */
async function start(url: string): Promise<PgBoss> {
  const boss = new PgBoss({ connectionString: url, useListenNotify: true });
  boss.on("error", (error) => process.stderr.write(`pg-boss: ${error.message}\n`));
  await boss.start();
  await boss.createQueue(queue, { notify: true });
  return boss;
}

export const pgBoss: Peer = {
  name: "pg-boss",
  server: "postgres",
  async connect(url) {
    const boss = await start(url);
    return {
      add: async (job) => void (await boss.send(queue, job)),
      close: () => boss.stop({ graceful: false }),
    };
  },
  async work(url, handle) {
    const boss = await start(url);
    await boss.work<PickupJob>(queue, { pollingIntervalSeconds: 0.5, localConcurrency: 4 }, async (jobs) => {
      for (const { data } of jobs) await handle(data);
    });
  },
};
