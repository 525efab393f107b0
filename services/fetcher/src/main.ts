import { createRawMessages } from "@millrace/shared/attachments/raw-messages";
import { openBlobStore } from "@millrace/shared/blobs/open-blob-store";
import { runConsumer } from "@millrace/shared/nats/run-consumer";
import { bulkConsumer, liveConsumer } from "@millrace/shared/nats/topology";
import { loadAccount } from "@millrace/shared/postgres/load-account";
import { openGmail } from "@millrace/shared/providers/open-gmail";
import { attemptPolicyOf } from "@millrace/shared/runtime/parse-config";
import { openKeyring } from "@millrace/shared/service/open-keyring";
import { runService } from "@millrace/shared/service/run-service";
import { createSyncState } from "@millrace/shared/state/create-sync-state";
import { createAttachmentKeeper } from "./attachment-keeper.ts";
import { createClaimBook } from "./claim-book.ts";
import { ClaimGate } from "./claim-gate.ts";
import { fetcherConfigSchema } from "./config.ts";
import { createFetchChunk } from "./fetch-chunk.ts";
import { createPostgresStore } from "./postgres-store.ts";

await runService({
  name: "fetcher",
  configSchema: fetcherConfigSchema,
  connectionsMax: (config) => config.FETCHER_BULK_SLOTS + config.FETCHER_LIVE_SLOTS + 1,
  start: async ({ config, nats, eventLog, pool, log, shutdown }) => {
    const keyring = await openKeyring(config.MILLRACE_ENCRYPTION_KEYS, { pool, log, shutdown });
    const step = createFetchChunk({
      state: createSyncState(eventLog, pool),
      accounts: { load: (ref) => loadAccount(pool, keyring, ref) },
      provider: openGmail(config, { nats, pool, keyring, shutdown }),
      store: createPostgresStore(pool),
      attachments: createAttachmentKeeper({
        pool,
        blobs: await openBlobStore(config, { pool, log, shutdown }),
        raws: createRawMessages(pool),
      }),
      claims: createClaimBook(pool),
      gate: new ClaimGate(),
      attemptPolicy: attemptPolicyOf(config),
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
