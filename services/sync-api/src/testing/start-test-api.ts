import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase } from "@millrace/infra/testing/test-database";
import { startTestNats, type TestNats } from "@millrace/infra/testing/test-nats";
import { createFolderStore } from "@millrace/shared/blobs/create-folder-store";
import { connectNats, drainNats, type Nats } from "@millrace/shared/nats/connect-nats";
import { ensureTopology } from "@millrace/shared/nats/ensure-topology";
import { EventLog } from "@millrace/shared/nats/event-log";
import { publishRequest } from "@millrace/shared/nats/publish-request";
import { publishTurn } from "@millrace/shared/nats/publish-turn";
import { publishWork } from "@millrace/shared/nats/publish-work";
import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import { Keyring } from "@millrace/shared/postgres/keyring";
import { createGmailProvider } from "@millrace/shared/providers/gmail/create-gmail-provider";
import { createGoogleConsent } from "@millrace/shared/providers/gmail/create-google-consent";
import { memoryTokenVault } from "@millrace/shared/providers/testing/memory-token-vault";
import type { Logger } from "@millrace/shared/runtime/create-logger";
import { Readiness } from "@millrace/shared/service/readiness";
import { createSyncState } from "@millrace/shared/state/create-sync-state";
import { createTestPool, type TestPool } from "@millrace/shared/testing/create-test-pool";
import { pino } from "pino";
import { OperatorKeys } from "../access/operator-keys.ts";
import { newSecret } from "../access/secret.ts";
import type { Api } from "../api.ts";
import { type AppPorts, buildApp } from "../app.ts";
import { bootstrapTenant } from "../bootstrap-tenant.ts";
import { isPublicAddress } from "../webhook-delivery/is-public-address.ts";

export interface TestApi {
  readonly app: Api;
  /** Where it listens. */
  readonly url: string;
  readonly pool: TestPool;
  readonly nats: Nats;
  readonly eventLog: EventLog;
  readonly natsServer: TestNats;
  readonly keyring: Keyring;
  /** Everything that was logged, unredacted and at the lowest level. */
  readonly logLines: string[];
  /** A tenant of its own, with the headers that its requests bear. */
  addTenant(): Promise<TestTenant>;
  /** Another copy of the service on the same database and broker. */
  buildCopy(overrides?: Partial<AppPorts>): Promise<Api>;
  stop(): Promise<void>;
}

const operatorKey = newSecret("operator");
export const operatorHeaders = { authorization: `Bearer ${operatorKey}` };

export interface TestTenant {
  readonly tenantId: string;
  readonly key: string;
  readonly headers: { readonly authorization: string };
}

/** The API on a real Postgres and a real broker, listening on a free port; without the projector. */
export async function startTestApi(overrides: Partial<AppPorts> = {}): Promise<TestApi> {
  const [database, natsServer] = await Promise.all([createTestDatabase(), startTestNats()]);
  const logLines: string[] = [];
  const log = pino({ level: "trace" }, { write: (line) => void logLines.push(line) });
  const nats = await connectNats(natsServer.url, "sync-api-test", log);
  await ensureTopology(nats);
  const pool = createTestPool(database.url, "sync-api", 40, log);
  const keyring = Keyring.parse(`k1:${randomBytes(32).toString("base64")}`);
  const eventLog = new EventLog(nats, "sync-api");
  const blobFolder = await mkdtemp(join(tmpdir(), "millrace-api-blobs-"));
  const provider = createGmailProvider({
    vault: memoryTokenVault(),
    rootUrl: "http://127.0.0.1:1/", // nobody is there
    tokenUrl: "http://127.0.0.1:1/token",
    clientId: "client",
    clientSecret: "secret",
  });
  const nobody = createGoogleConsent({
    clientId: "client",
    clientSecret: "secret",
    authUrl: "http://127.0.0.1:1/auth",
    tokenUrl: "http://127.0.0.1:1/token",
    rootUrl: "http://127.0.0.1:1/",
  });
  const ports: AppPorts = {
    pool,
    eventLog,
    syncState: createSyncState(eventLog, pool),
    enqueue: (work) => publishWork(nats, work),
    log,
    keyring,
    blobs: createFolderStore(blobFolder),
    provider,
    consent: nobody,
    publicUrl: null,
    quota: null,
    publishRequest: (ref, request) => publishRequest(nats, "sync-api", ref, request),
    readiness: testReadiness({ pool, nats, log }),
    giveTurn: (ref, cause) =>
      publishTurn(nats, { kind: "turn", ref, dedupeId: `${ref.endpointId}.${cause}`, dueAtMs: null }),
    webhookRules: {
      allowHttp: false,
      ports: [443, 8443],
      isAllowedAddress: isPublicAddress,
      usesMachineNames: false,
    },
    push: null,
    operatorKeys: new OperatorKeys([operatorKey]),
    ratesMax: { perCaller: null, perAddress: null, refusedPerAddress: null },
    trustProxy: false,
    ...overrides,
  };
  const copies: Api[] = [];
  const buildCopy = async (more: Partial<AppPorts> = {}): Promise<Api> => {
    const copy = await buildApp({ ...ports, ...more });
    copies.push(copy);
    await copy.listen({ host: "127.0.0.1", port: 0 });
    return copy;
  };
  const app = await buildCopy();
  return {
    app,
    url: urlOf(app),
    pool,
    nats,
    eventLog,
    natsServer,
    keyring,
    logLines,
    addTenant: () => addTenant(pool),
    buildCopy,
    stop: async () => {
      for (const copy of copies) await copy.close();
      provider.close();
      nobody.close();
      await rm(blobFolder, { recursive: true, force: true });
      await pool.end();
      await drainNats(nats.connection);
      await natsServer.stop();
      await database.drop();
    },
  };
}

interface ReadinessOverrides {
  readonly pool: SweepingPool;
  readonly nats: Nats;
  readonly log: Logger;
  readonly pingBroker?: () => Promise<unknown>;
  readonly isProjecting?: boolean;
}

/** That of a service that has started. */
export function testReadiness({ pool, nats, log, ...overrides }: ReadinessOverrides): Readiness {
  const readiness = new Readiness(log, new AbortController().signal);
  readiness.addPart("postgres", () => pool.ofNobody().query("select 1"));
  readiness.addPart("nats", overrides.pingBroker ?? (() => nats.connection.rtt()));
  readiness.addOwnPart("projector", () => overrides.isProjecting ?? true);
  readiness.started();
  return readiness;
}

export function urlOf(app: Api): string {
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}

async function addTenant(pool: TestPool): Promise<TestTenant> {
  const tenantId = `t${randomBytes(6).toString("hex")}`;
  const key = `mr_${randomBytes(20).toString("hex")}`;
  await bootstrapTenant(pool, tenantId, key);
  return { tenantId, key, headers: { authorization: `Bearer ${key}` } };
}
