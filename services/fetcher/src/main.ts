import { runConsumer } from "@millrace/shared/nats/run-consumer";
import { bulkConsumer, liveConsumer } from "@millrace/shared/nats/topology";
import { Keyring } from "@millrace/shared/postgres/keyring";
import { openGmail } from "@millrace/shared/providers/open-gmail";
import { runService } from "@millrace/shared/service/run-service";
import { fetcherConfigSchema } from "./config.ts";
import { createFetchChunk } from "./fetch-chunk.ts";

await runService({
  name: "fetcher",
  configSchema: fetcherConfigSchema,
  connectionsMax: (config) => config.FETCHER_BULK_SLOTS + config.FETCHER_LIVE_SLOTS + 1,
  start: async ({ config, nats, eventLog, pool, log, shutdown }) => {
    const step = createFetchChunk({
      pool,
      eventLog,
      keyring: Keyring.parse(config.MILLRACE_ENCRYPTION_KEYS),
      provider: openGmail(config, shutdown),
      flushBytesMax: config.FETCHER_FLUSH_KIB * 1024,
    });
    const live = runConsumer(step, {
      nats,
      eventLog,
      log,
      definition: liveConsumer,
      slots: config.FETCHER_LIVE_SLOTS,
    });
    const bulk = runConsumer(step, {
      nats,
      eventLog,
      log,
      definition: bulkConsumer,
      slots: config.FETCHER_BULK_SLOTS,
    });
    shutdown.onShutdown("consumers", async () => {
      await Promise.all([live.stop(), bulk.stop()]);
    });
    return { liveSlots: config.FETCHER_LIVE_SLOTS, bulkSlots: config.FETCHER_BULK_SLOTS };
  },
});
