import { randomBytes } from "node:crypto";
import { createTestDatabase } from "@millrace/infra/testing/test-database";
import { startTestNats, type TestNats } from "@millrace/infra/testing/test-nats";
import { idleCourse } from "@millrace/shared/events/account-course";
import type { Fact, FactOf } from "@millrace/shared/events/facts";
import { newId } from "@millrace/shared/events/identifiers";
import { emptyLedger } from "@millrace/shared/events/ledger";
import { connectNats, drainNats, type Nats } from "@millrace/shared/nats/connect-nats";
import { ensureTopology } from "@millrace/shared/nats/ensure-topology";
import { EventLog } from "@millrace/shared/nats/event-log";
import { publishTurn } from "@millrace/shared/nats/publish-turn";
import { Keyring } from "@millrace/shared/postgres/keyring";
import { createTestPool, type TestPool } from "@millrace/shared/testing/create-test-pool";
import { silentLogger } from "@millrace/shared/testing/silent-logger";
import { createWebhookSender } from "../webhook-delivery/send-webhook.ts";
import { startWebhooks } from "../webhook-delivery/start-webhooks.ts";
import type { WebhookEvent } from "../webhook-delivery/webhook-payload.ts";
import { defaultWebhookPolicy, type WebhookPolicy } from "../webhook-delivery/webhook-policy.ts";
import type { WebhookRules } from "../webhook-delivery/webhook-rules.ts";
import { newWebhookSecret, sealWebhookSecret } from "../webhook-delivery/webhook-secret.ts";
import { insertRow } from "./fill-views.ts";

/** Receivers of tests are on this machine. */
export const anywhere: WebhookRules = {
  allowHttp: true,
  ports: null,
  isAllowedAddress: () => true,
  usesMachineNames: true,
};

/** As ever, with waits of a test's length. */
export const hasty: WebhookPolicy = {
  ...defaultWebhookPolicy,
  retry: { baseMs: 200, capMs: 1_000 },
  leaveAlone: { baseMs: 200, capMs: 1_000 },
  timeoutMs: 2_000,
};

/** An endpoint of a test's tenant. */
export interface TestEndpoint {
  readonly tenantId: string;
  readonly endpointId: string;
  readonly secret: string;
}

/** Broker, database, and copies of what sends webhooks between them. */
export class HooksWorld {
  readonly server: TestNats;
  readonly nats: Nats;
  readonly pool: TestPool;
  readonly keyring: Keyring;
  readonly #eventLog: EventLog;
  readonly #stops: (() => Promise<void>)[] = [];
  readonly #copies: { stop(): Promise<void> }[] = [];

  static async start(): Promise<HooksWorld> {
    const [database, server] = await Promise.all([createTestDatabase(), startTestNats()]);
    const size = { replicas: 1, logMebibytes: 64, claimMs: 2_000 };
    const nats = await connectNats(server.url, "test", silentLogger, size);
    await ensureTopology(nats);
    const world = new HooksWorld(server, nats, createTestPool(database.url, "sync-api", 10));
    world.#stops.push(() => database.drop());
    return world;
  }

  private constructor(server: TestNats, nats: Nats, pool: TestPool) {
    this.server = server;
    this.nats = nats;
    this.pool = pool;
    this.keyring = Keyring.parse(`k1:${randomBytes(32).toString("base64")}`);
    this.#eventLog = new EventLog(nats, "test");
  }

  /** One more copy of what sends webhooks. */
  startCopy(policy: Partial<WebhookPolicy> = {}): { stop(): Promise<void> } {
    const whole = { ...hasty, ...policy };
    const { nats, pool, keyring } = this;
    const copy = startWebhooks({
      nats,
      pool,
      keyring,
      eventLog: this.#eventLog,
      log: silentLogger,
      send: createWebhookSender(anywhere, whole.timeoutMs),
      policy: whole,
    });
    this.#copies.push(copy);
    return copy;
  }

  async stopCopies(): Promise<void> {
    await Promise.all(this.#copies.splice(0).map((copy) => copy.stop()));
  }

  async addTenant(): Promise<string> {
    const tenantId = `t${randomBytes(6).toString("hex")}`;
    await insertRow(this.pool, "tenants", { id: tenantId, name: tenantId });
    return tenantId;
  }

  async addEndpoint(
    tenantId: string,
    url: string,
    events: readonly WebhookEvent[] = ["sync.completed", "mail.changed"],
  ): Promise<TestEndpoint> {
    const ref = { tenantId, endpointId: newId("whe") };
    const secret = newWebhookSecret();
    const sealed_secret = sealWebhookSecret(this.keyring, ref, secret);
    await insertRow(this.pool, "webhook_endpoints", {
      id: ref.endpointId,
      tenant_id: tenantId,
      url,
      events: [...events],
      sealed_secret,
    });
    return { ...ref, secret };
  }

  /** Appends a fact, of a sync that completed when none is given. @returns the sync's id */
  async tell(tenantId: string, fact?: Fact, eventId = newId("syn")): Promise<string> {
    const told = fact ?? completed(newId("syn"));
    const ref = { tenantId, accountId: `acc_${tenantId}` };
    await this.#eventLog.append({ kind: "append", ref, eventId, fact: told, expectedSeq: null });
    return "syncId" in told ? told.syncId : "";
  }

  async giveTurn(ref: Pick<TestEndpoint, "tenantId" | "endpointId">): Promise<void> {
    await publishTurn(this.nats, { kind: "turn", ref, dedupeId: newId("syn"), dueAtMs: null });
  }

  async deliveriesOf({ endpointId }: TestEndpoint): Promise<DeliveryRow[]> {
    const sql = `select id, type, state, attempts, last_status as "lastStatus", last_error as "lastError", due_at as "dueAt"
      from webhook_deliveries where endpoint_id = $1 order by created_at, id`;
    return (await this.pool.query<DeliveryRow>(sql, [endpointId])).rows;
  }

  async endpointRow({ endpointId }: TestEndpoint): Promise<Record<string, unknown>> {
    const sql = "select * from webhook_endpoints where id = $1";
    return (await this.pool.query(sql, [endpointId])).rows[0] as Record<string, unknown>;
  }

  async stop(): Promise<void> {
    await this.stopCopies();
    await drainNats(this.nats.connection);
    await this.server.stop();
    await this.pool.end();
    for (const stop of this.#stops) await stop();
  }
}

export interface DeliveryRow {
  readonly id: string;
  readonly type: string;
  readonly state: string;
  readonly attempts: number;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly dueAt: Date | null;
}

export const completed = (syncId: string): FactOf<"sync.completed"> => ({
  type: "sync.completed",
  syncId,
  status: "completed",
  ledger: { ...emptyLedger, listed: 3, stored: 3 },
  revision: 1,
  chunkCount: 1,
  watermark: "42",
  course: idleCourse,
});
