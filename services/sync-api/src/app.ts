import { randomUUID } from "node:crypto";
import { liveStreams } from "@millrace/shared/telemetry/metrics/api-metrics";
import { just } from "@millrace/shared/telemetry/metrics/gauge";
import Fastify, { type FastifyBaseLogger, LogController } from "fastify";
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { guard } from "./access/guard.ts";
import { createRateLimits, type RatesMax } from "./access/rate-limits.ts";
import { changeAccount } from "./accounts/change-account.ts";
import { connectAccount } from "./accounts/connect-account.ts";
import { deleteAccount } from "./accounts/delete-account.ts";
import { getAccount } from "./accounts/get-account.ts";
import { getQuota } from "./accounts/get-quota.ts";
import { holdAccount } from "./accounts/hold-account.ts";
import { listAccounts } from "./accounts/list-accounts.ts";
import { replaceCredentials } from "./accounts/replace-credentials.ts";
import { getActivity } from "./activity/get-activity.ts";
import type { Api, ApiPorts } from "./api.ts";
import { downloadAttachment } from "./attachments/download-attachment.ts";
import { listAttachments } from "./attachments/list-attachments.ts";
import { listAudit } from "./audit/list-audit.ts";
import { createBrowserToken } from "./browser-tokens/create-browser-token.ts";
import { getMe } from "./callers/get-me.ts";
import { controlSync } from "./control/control-sync.ts";
import { noSuchPage } from "./dashboard/no-such-page.ts";
import { type DashboardFiles, serveDashboard } from "./dashboard/serve-dashboard.ts";
import { discardDeadLetter } from "./dead-letters/discard-dead-letter.ts";
import { downloadDeadLetter } from "./dead-letters/download-dead-letter.ts";
import { getDeadLetter } from "./dead-letters/get-dead-letter.ts";
import { listDeadLetters } from "./dead-letters/list-dead-letters.ts";
import { redriveDeadLetter } from "./dead-letters/redrive-dead-letter.ts";
import { redriveDeadLetters } from "./dead-letters/redrive-dead-letters.ts";
import { listEvents } from "./events/list-events.ts";
import { watchEvents } from "./events/watch-events.ts";
import { exportAccount } from "./export/export-account.ts";
import { checkHealth } from "./health/check-health.ts";
import { answerBrokenHttp } from "./http/answer-broken-http.ts";
import { answerProblems, problemOf, sendProblem } from "./http/answer-problems.ts";
import { bodyBytesMax } from "./http/body-limit.ts";
import { describeApi } from "./http/describe-api.ts";
import { logRequests } from "./http/log-requests.ts";
import { measureRequests } from "./http/measure-requests.ts";
import { refuseMethods } from "./http/refuse-methods.ts";
import { secureHeaders } from "./http/secure-headers.ts";
import { traceRequests } from "./http/trace-requests.ts";
import { createKey } from "./keys/create-key.ts";
import { listKeys } from "./keys/list-keys.ts";
import { revokeKey } from "./keys/revoke-key.ts";
import { rotateKey } from "./keys/rotate-key.ts";
import { listLabels } from "./labels/list-labels.ts";
import { endRevoked } from "./live/end-revoked.ts";
import { LiveStreams } from "./live/live-streams.ts";
import { ProgressBell } from "./live/progress-bell.ts";
import { ProgressHub } from "./live/progress-hub.ts";
import { defaultStreamLimits, type StreamLimits } from "./live/stream-limits.ts";
import { StreamOpener } from "./live/stream-opener.ts";
import { downloadMessage } from "./messages/download-message.ts";
import { getMessage } from "./messages/get-message.ts";
import { listMessages } from "./messages/list-messages.ts";
import { showMessage } from "./messages/show-message.ts";
import { finishConsent } from "./oauth/finish-consent.ts";
import { getConnectLink } from "./oauth/get-connect-link.ts";
import { makeConnectLink } from "./oauth/make-connect-link.ts";
import { startConsent } from "./oauth/start-consent.ts";
import { getForecasts } from "./overview/get-forecasts.ts";
import { getOverview } from "./overview/get-overview.ts";
import { watchOverview } from "./overview/watch-overview.ts";
import { listRetentionRuns } from "./retention/list-retention-runs.ts";
import { runRetention } from "./retention/run-retention.ts";
import { getSync } from "./syncs/get-sync.ts";
import { listChunks } from "./syncs/list-chunks.ts";
import { listSyncEvents } from "./syncs/list-sync-events.ts";
import { listSyncs } from "./syncs/list-syncs.ts";
import { requestSync } from "./syncs/request-sync.ts";
import { watchChunks } from "./syncs/watch-chunks.ts";
import { watchSync } from "./syncs/watch-sync.ts";
import { watchSyncs } from "./syncs/watch-syncs.ts";
import { changeTenant } from "./tenants/change-tenant.ts";
import { createTenant } from "./tenants/create-tenant.ts";
import { getTenant } from "./tenants/get-tenant.ts";
import { listTenants } from "./tenants/list-tenants.ts";
import { getVerification } from "./verifications/get-verification.ts";
import { verifyAccount } from "./verifications/verify-account.ts";
import { changeEndpoint } from "./webhook-endpoints/change-endpoint.ts";
import { createEndpoint } from "./webhook-endpoints/create-endpoint.ts";
import { deleteEndpoint } from "./webhook-endpoints/delete-endpoint.ts";
import { getEndpoint } from "./webhook-endpoints/get-endpoint.ts";
import { listDeliveries } from "./webhook-endpoints/list-deliveries.ts";
import { listEndpoints } from "./webhook-endpoints/list-endpoints.ts";
import { replayDeliveries } from "./webhook-endpoints/replay-deliveries.ts";
import { rotateSecret } from "./webhook-endpoints/rotate-secret.ts";
import { testEndpoint } from "./webhook-endpoints/test-endpoint.ts";
import { takeNotification } from "./webhooks/take-notification.ts";

const requestMsMax = 30_000;
/** How long closing waits for clients to take their answers. */
const closeMsMax = 3_000;

/** Behind the guard. */
const handlers = [
  getMe,
  getForecasts,
  getOverview,
  watchOverview,
  getActivity,
  runRetention,
  listRetentionRuns,
  createTenant,
  listTenants,
  getTenant,
  changeTenant,
  createKey,
  listKeys,
  rotateKey,
  revokeKey,
  createBrowserToken,
  listAudit,
  connectAccount,
  listAccounts,
  getAccount,
  getQuota,
  changeAccount,
  holdAccount,
  deleteAccount,
  exportAccount,
  replaceCredentials,
  makeConnectLink,
  getConnectLink,
  verifyAccount,
  getVerification,
  requestSync,
  listSyncs,
  getSync,
  listChunks,
  watchChunks,
  listSyncEvents,
  watchSync,
  watchSyncs,
  controlSync,
  listDeadLetters,
  getDeadLetter,
  downloadDeadLetter,
  redriveDeadLetter,
  redriveDeadLetters,
  discardDeadLetter,
  listEvents,
  watchEvents,
  listLabels,
  listMessages,
  getMessage,
  downloadMessage,
  showMessage,
  listAttachments,
  downloadAttachment,
  createEndpoint,
  listEndpoints,
  getEndpoint,
  changeEndpoint,
  deleteEndpoint,
  rotateSecret,
  testEndpoint,
  listDeliveries,
  replayDeliveries,
] as const;

export type AppPorts = Omit<ApiPorts, "streams" | "showing"> & {
  readonly streamLimits?: Partial<StreamLimits>;
  readonly ratesMax: RatesMax;
  /** Whose word on a request's address is believed, as Fastify takes it; false: nobody's. */
  readonly trustProxy: boolean | string;
  /** Absent: the API alone is served. */
  readonly dashboard?: DashboardFiles;
};

/** The API, ready to listen or to be asked through `inject`. Closing it closes its streams first. */
export async function buildApp(appPorts: AppPorts): Promise<Api> {
  const showing = { messagesPerMinute: appPorts.quota?.messagesPerMinute ?? null };
  const { pool, log } = appPorts;
  const bell = new ProgressBell(pool, log);
  const hub = new ProgressHub(bell, pool, log, showing);
  const limits = { ...defaultStreamLimits, ...appPorts.streamLimits };
  const streams = new LiveStreams(limits);
  const endMeasuring = liveStreams.observe(() => just(streams.openCount));
  const opener = new StreamOpener({ bell, hub, streams, limits, log });
  const ports: ApiPorts = { ...appPorts, showing, streams: opener };
  const app: Api = createServer(appPorts);

  await secureHeaders(app);
  traceRequests(app);
  logRequests(app);
  measureRequests(app);
  answerProblems(app, appPorts.dashboard && noSuchPage(appPorts.dashboard));
  const methods = refuseMethods(app);
  const rates = await createRateLimits(app, appPorts.ratesMax);
  await describeApi(app);
  checkHealth(app, ports);
  takeNotification(app, ports);
  await app.register(async (open: Api) => {
    open.addHook("onRequest", rates.admitAddress);
    startConsent(open, ports);
    finishConsent(open, ports);
  });
  const { dashboard } = appPorts;
  if (dashboard !== undefined) {
    await app.register(async (page: Api) => {
      page.addHook("onRequest", rates.admitAddress);
      await serveDashboard(page, dashboard);
    });
  }
  await app.register(async (v1: Api) => {
    guard(v1, ports, rates);
    for (const handle of handlers) handle(v1, ports);
  });
  methods.register();

  app.addHook("onReady", async () => bell.start());
  const stopEnding = endRevoked(pool, streams, log);
  app.addHook("preClose", async () => {
    stopEnding();
    endMeasuring();
  });
  closeInOrder(app, streams, [bell, hub]);
  return app;
}

/** Streams first, then requests in flight, then what they stand on. Whoever does not take the rest is cut off. */
function closeInOrder(
  app: Api,
  streams: LiveStreams,
  foundations: readonly { stop(): Promise<void> }[],
): void {
  let cutOff: NodeJS.Timeout | undefined;
  app.addHook("preClose", async () => {
    cutOff = setTimeout(() => app.server.closeAllConnections(), closeMsMax);
    await streams.closeAll();
  });
  app.addHook("onClose", async () => {
    clearTimeout(cutOff);
    for (const foundation of foundations) await foundation.stop();
  });
}

function createServer({ log, trustProxy }: Pick<AppPorts, "log" | "trustProxy">): Api {
  const app = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }), // ours says less: log-requests.ts
    trustProxy,
    genReqId: () => randomUUID(),
    bodyLimit: bodyBytesMax,
    requestTimeout: requestMsMax,
    forceCloseConnections: "idle",
    return503OnClosing: false, // what still comes in is answered, and its connection closed
    frameworkErrors: (error, request, reply) => {
      sendProblem(problemOf(error, request), request, reply);
    },
    clientErrorHandler: answerBrokenHttp,
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.removeContentTypeParser("text/plain");
  // Who sends no body gives no value: what a route does without one is its schema's to say.
  app.addHook("preValidation", async (request) => {
    if (request.routeOptions.schema?.body) request.body ??= {};
  });
  app.decorateRequest("caller", null);
  app.decorateRequest("tenantId", "");
  app.decorateRequest("audit", null);
  return app;
}
