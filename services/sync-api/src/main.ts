import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { openBlobStore } from "@millrace/shared/blobs/open-blob-store";
import { beginConsumerAnew } from "@millrace/shared/nats/ensure-topology";
import { publishRequest } from "@millrace/shared/nats/publish-request";
import { publishTurn } from "@millrace/shared/nats/publish-turn";
import { publishWork } from "@millrace/shared/nats/publish-work";
import { relayConsumer } from "@millrace/shared/nats/topology";
import { migrate } from "@millrace/shared/postgres/migrate";
import { openGmail, openQuotaView } from "@millrace/shared/providers/open-gmail";
import { openGoogleConsent } from "@millrace/shared/providers/open-google-consent";
import { openKeyring } from "@millrace/shared/service/open-keyring";
import { runService } from "@millrace/shared/service/run-service";
import { waitForStores } from "@millrace/shared/service/wait-for-stores";
import { createSyncState } from "@millrace/shared/state/create-sync-state";
import { OperatorKeys } from "./access/operator-keys.ts";
import { buildApp } from "./app.ts";
import { bootstrapTenant } from "./bootstrap-tenant.ts";
import { syncApiConfigSchema } from "./config.ts";
import { urlOfAddress } from "./oauth/public-origin.ts";
import { startProjector } from "./projector/start-projector.ts";
import { createWebhookSender } from "./webhook-delivery/send-webhook.ts";
import { startWebhooks } from "./webhook-delivery/start-webhooks.ts";
import { defaultWebhookPolicy } from "./webhook-delivery/webhook-policy.ts";
import { webhookRulesOf } from "./webhook-delivery/webhook-rules.ts";
import { pushAuthorityOf } from "./webhooks/push-authority.ts";

const dashboardFolder = fileURLToPath(
  new URL("dist/", import.meta.resolve("@millrace/dashboard/package.json")),
);
const name = "sync-api";
const requestConnections = 10;
/** The projector's lock, its transaction, and the connection that listens. */
const standingConnections = 3;
/** Small statements between requests to others, which hold none. */
const webhookConnections = 4;

await runService({
  name,
  configSchema: syncApiConfigSchema,
  connectionsMax: () => requestConnections + standingConnections + webhookConnections,
  prepareDatabase: (config) => migrate(config.DATABASE_OWNER_URL ?? config.DATABASE_URL),
  start: async ({ config, nats, eventLog, pool, log, shutdown, readiness }) => {
    const { MILLRACE_BOOTSTRAP_TENANT: tenantId, MILLRACE_BOOTSTRAP_KEY: key } = config;
    if (tenantId !== undefined && key !== undefined)
      await waitForStores("the first tenant", log, shutdown.signal, () =>
        bootstrapTenant(pool, tenantId, key, config.MILLRACE_BOOTSTRAP_RETURN_URLS),
      );

    const projector = startProjector({
      nats,
      pool,
      log,
      // What endpoints were to be told since the backup is lost with the rows: the facts are read again.
      onRestored: () => beginConsumerAnew(nats, relayConsumer),
    });
    shutdown.onShutdown("projector", () => projector.stop());
    readiness.addOwnPart("projector", () => projector.isHealthy());

    const keyring = await openKeyring(config.MILLRACE_ENCRYPTION_KEYS, { pool, log, shutdown });
    const webhookRules = webhookRulesOf(config);
    const policy = defaultWebhookPolicy;
    const send = createWebhookSender(webhookRules, policy.timeoutMs);
    const webhooks = startWebhooks({ nats, eventLog, log, pool, keyring, send, policy });
    shutdown.onShutdown("webhooks", () => webhooks.stop());

    const app = await buildApp({
      pool,
      log,
      keyring,
      blobs: await openBlobStore(config, { pool, log, shutdown }),
      provider: openGmail(config, { nats, pool, keyring, shutdown }),
      consent: openGoogleConsent(config, shutdown),
      publicUrl: config.PUBLIC_URL ?? null,
      quota: openQuotaView(config, nats),
      eventLog,
      syncState: createSyncState(eventLog, pool),
      enqueue: (work) => publishWork(nats, work),
      publishRequest: (ref, request) => publishRequest(nats, name, ref, request),
      readiness,
      giveTurn: (ref, cause) =>
        publishTurn(nats, { kind: "turn", ref, dedupeId: `${ref.endpointId}.${cause}`, dueAtMs: null }),
      webhookRules,
      push: pushAuthorityOf(config),
      operatorKeys: new OperatorKeys(config.MILLRACE_OPERATOR_KEYS),
      ratesMax: {
        perCaller: config.RATE_LIMIT_PER_KEY || null,
        perAddress: config.RATE_LIMIT_PER_ADDRESS || null,
        refusedPerAddress: config.RATE_LIMIT_REFUSED || null,
      },
      trustProxy: config.TRUST_PROXY ?? false,
      dashboard: { folder: dashboardFolder, traceUrl: config.DASHBOARD_TRACE_URL ?? null },
    });
    shutdown.onShutdown("http", () => app.close());
    await app.listen({ host: config.HOST, port: config.PORT });
    return { url: urlOfAddress(app.server.address() as AddressInfo) };
  },
});
