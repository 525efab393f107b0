import type { AccountRef } from "@millrace/shared/events/subjects";
import { createWorkQueue } from "@millrace/shared/nats/read-work-queue";
import { runConsumer } from "@millrace/shared/nats/run-consumer";
import { chunkerConsumer, listingConsumer, requestConsumer } from "@millrace/shared/nats/topology";
import { createTenantLine } from "@millrace/shared/postgres/create-tenant-line";
import { loadAccount } from "@millrace/shared/postgres/load-account";
import { openGmail } from "@millrace/shared/providers/open-gmail";
import { attemptPolicyOf } from "@millrace/shared/runtime/parse-config";
import { openKeyring } from "@millrace/shared/service/open-keyring";
import { runService } from "@millrace/shared/service/run-service";
import { createSyncState } from "@millrace/shared/state/create-sync-state";
import { readFindings } from "@millrace/shared/verify/read-findings";
import { createAcceptRequest } from "./accept-request.ts";
import { createAdvanceSync } from "./advance-sync.ts";
import { createClaimListing } from "./claim-listing.ts";
import { chunkerConfigSchema } from "./config.ts";
import { createMailboxStore } from "./create-mailbox-store.ts";
import { createVerifier } from "./create-verifier.ts";

await runService({
  name: "chunker",
  configSchema: chunkerConfigSchema,
  connectionsMax: (config) => 4 + config.CHUNKER_LISTING_SLOTS,
  start: async ({ config, nats, eventLog, pool, log, shutdown }) => {
    const keyring = await openKeyring(config.MILLRACE_ENCRYPTION_KEYS, { pool, log, shutdown });
    const ports = {
      state: createSyncState(eventLog, pool),
      queue: createWorkQueue(nats),
      accounts: { load: (ref: AccountRef) => loadAccount(pool, keyring, ref) },
      line: createTenantLine(pool),
      provider: openGmail(config, { nats, pool, keyring, shutdown }),
      defaults: { chunkSize: config.CHUNK_SIZE, windowChunks: config.WINDOW_CHUNKS },
      attemptPolicy: attemptPolicyOf(config),
      findings: (ref: AccountRef, verificationId: string, pageToken: string | null, idsMax: number) =>
        readFindings(pool, ref, verificationId, pageToken, idsMax),
      verifier: createVerifier(nats, pool),
      mailboxes: createMailboxStore(pool),
      nowMs: () => Date.now(),
    };
    const common = { nats, eventLog, log };
    const slots = config.CHUNKER_SLOTS;
    const consumers = [
      runConsumer(createAcceptRequest(ports), { ...common, slots, definition: requestConsumer }),
      runConsumer(createAdvanceSync(ports), { ...common, slots, definition: chunkerConsumer }),
      runConsumer(createClaimListing(ports), {
        ...common,
        slots: config.CHUNKER_LISTING_SLOTS,
        definition: listingConsumer,
      }),
    ];
    shutdown.onShutdown("consumers", async () => {
      await Promise.all(consumers.map((consumer) => consumer.stop()));
    });
    return { slots, listingSlots: config.CHUNKER_LISTING_SLOTS };
  },
});
