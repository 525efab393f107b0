import { runConsumer } from "@millrace/shared/nats/run-consumer";
import { chunkerConsumer, requestConsumer } from "@millrace/shared/nats/topology";
import { Keyring } from "@millrace/shared/postgres/keyring";
import { openGmail } from "@millrace/shared/providers/open-gmail";
import { runService } from "@millrace/shared/service/run-service";
import { createAcceptRequest } from "./accept-request.ts";
import { createAdvanceSync } from "./advance-sync.ts";
import { chunkerConfigSchema } from "./config.ts";

await runService({
  name: "chunker",
  configSchema: chunkerConfigSchema,
  connectionsMax: () => 4,
  start: async ({ config, nats, eventLog, pool, log, shutdown }) => {
    const ports = {
      pool,
      nats,
      eventLog,
      keyring: Keyring.parse(config.MILLRACE_ENCRYPTION_KEYS),
      provider: openGmail(config, shutdown),
      defaults: { chunkSize: config.CHUNK_SIZE, windowChunks: config.WINDOW_CHUNKS },
    };
    const common = { nats, eventLog, log, slots: config.CHUNKER_SLOTS };
    const requests = runConsumer(createAcceptRequest(ports), { ...common, definition: requestConsumer });
    const events = runConsumer(createAdvanceSync(ports), { ...common, definition: chunkerConsumer });
    shutdown.onShutdown("consumers", async () => {
      await Promise.all([requests.stop(), events.stop()]);
    });
    return { slots: config.CHUNKER_SLOTS };
  },
});
