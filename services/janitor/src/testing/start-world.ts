import { createTestDatabase } from "@millrace/infra/testing/test-database";
import { startTestNats } from "@millrace/infra/testing/test-nats";
import type { Fact } from "@millrace/shared/events/facts";
import { newId } from "@millrace/shared/events/identifiers";
import { type AccountRef, eventSubjects } from "@millrace/shared/events/subjects";
import { connectNats, type Nats } from "@millrace/shared/nats/connect-nats";
import { ensureTopology } from "@millrace/shared/nats/ensure-topology";
import { EventLog } from "@millrace/shared/nats/event-log";
import { publishRequest } from "@millrace/shared/nats/publish-request";
import { publishWork } from "@millrace/shared/nats/publish-work";
import { openLogReader } from "@millrace/shared/nats/read-log";
import { createWorkQueue } from "@millrace/shared/nats/read-work-queue";
import { eventStream } from "@millrace/shared/nats/topology";
import { createPool } from "@millrace/shared/postgres/create-pool";
import { createTenantLine } from "@millrace/shared/postgres/create-tenant-line";
import { applyIsolating } from "@millrace/shared/projection/apply-isolating";
import { openCheckpoint } from "@millrace/shared/projection/open-checkpoint";
import { createSyncState } from "@millrace/shared/state/create-sync-state";
import { createTestPool, type TestPool } from "@millrace/shared/testing/create-test-pool";
import { silentLogger } from "@millrace/shared/testing/silent-logger";
import type { ReconcilerPorts } from "../reconcile/reconciler-ports.ts";

/** Broker, database and the reconciler's ports, for one test file. Nobody works on anything by itself. */
export interface TestWorld {
  readonly pool: TestPool;
  readonly nats: Nats;
  readonly ports: ReconcilerPorts;
  addAccount(): Promise<AccountRef>;
  /** Appends a fact whatever is there. @returns its sequence in the log */
  append(ref: AccountRef, fact: Fact, eventId?: string): Promise<number>;
  /** Facts of an account in the log, in order. */
  factsOf(ref: AccountRef): Promise<Fact[]>;
  /** Brings the views up to the log. */
  project(): Promise<void>;
  stop(): Promise<void>;
}

export async function startWorld(): Promise<TestWorld> {
  const [database, server] = await Promise.all([createTestDatabase(), startTestNats()]);
  const size = { replicas: 1, logMebibytes: 64, claimMs: 30_000 };
  const nats = await connectNats(server.url, "test", silentLogger, size);
  await ensureTopology(nats);
  const pool = createTestPool(database.url, "janitor", 4);
  /** Who projects is another service, with other rights. */
  const projecting = createPool(database.url, "sync-api", 2, silentLogger);
  const eventLog = new EventLog(nats, "test");
  const ports: ReconcilerPorts = {
    pool,
    state: createSyncState(eventLog, pool),
    queue: createWorkQueue(nats),
    line: createTenantLine(pool),
    log: silentLogger,
    idleSeconds: 0,
    nowMs: Date.now,
    sleep: async () => {},
    append: async (effect) => (await eventLog.append(effect)).kind,
    enqueue: (effect) => publishWork(nats, effect),
    publishRequest: (ref, request) => publishRequest(nats, "test", ref, request),
    eventIdAt: (seq) => eventLog.eventIdAt(seq),
  };
  const append: TestWorld["append"] = async (ref, fact, eventId = newId("syn")) => {
    const appended = await eventLog.append({ kind: "append", ref, eventId, expectedSeq: null, fact });
    if (appended.kind === "conflict") throw new Error("a conflict, although nothing was expected");
    return appended.seq;
  };
  return {
    pool,
    nats,
    ports,
    append,
    addAccount: () => addAccount(pool),
    factsOf: async ({ tenantId, accountId }) =>
      (await readAll(nats, 0)).flatMap(({ event }) =>
        event.tenantId === tenantId && event.accountId === accountId ? [event.fact] : [],
      ),
    project: async () => {
      const { position } = await openCheckpoint(nats, projecting, silentLogger);
      const { epoch } = position;
      const events = (await readAll(nats, position.seq)).map(({ seq, event }) => ({
        position: { epoch, seq },
        event,
      }));
      await applyIsolating(projecting, silentLogger, position, events);
    },
    stop: async () => {
      await nats.connection.close();
      await server.stop();
      await projecting.end();
      await pool.end();
      await database.drop();
    },
  };
}

async function readAll(nats: Nats, afterSeq: number) {
  // What was purged behind it never comes.
  const query = { last_by_subj: eventSubjects };
  const lastSeq = (await nats.jsm.streams.getMessage(eventStream.name, query))?.seq ?? 0;
  if (lastSeq <= afterSeq) return [];
  const reader = await openLogReader(nats, { afterSeq, batchMax: 100, log: silentLogger });
  const events = [];
  for await (const batch of reader.batches()) {
    events.push(...batch);
    if ((batch.at(-1)?.seq ?? 0) >= lastSeq) break;
  }
  reader.close();
  return events;
}

async function addAccount(pool: TestPool): Promise<AccountRef> {
  const ref = { tenantId: "acme", accountId: newId("acc") };
  await pool.query("insert into tenants (id, name) values ($1, 'Acme') on conflict do nothing", [
    ref.tenantId,
  ]);
  await pool.query(
    `insert into accounts (id, tenant_id, provider, email, sealed_credentials) values ($1, $2, 'gmail', $1, '')`,
    [ref.accountId, ref.tenantId],
  );
  return ref;
}
