import { setTimeout as sleep } from "node:timers/promises";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { jetstreamManager } from "@nats-io/jetstream";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SyncAnswer } from "../support/millrace-client.ts";
import { type Millrace, type ServiceName, serviceNames, startMillrace } from "../support/start-millrace.ts";

const messages = 900;

let simulator: GmailSimulator;
let millrace: Millrace;
let database: pg.Client;

beforeAll(async () => {
  // A slow provider, so that there is a sync to be in the middle of.
  simulator = await startGmailSimulator({ quotas: "off", seed: 31, latencyMs: 120, mailboxes: [] });
  millrace = await startMillrace(simulator.url, {
    FETCHER_BULK_SLOTS: "2",
    RECONCILE_SECONDS: "2",
    RECONCILE_IDLE_SECONDS: "4",
    CLAIM_SECONDS: "4",
    RETRY_CAP_SECONDS: "1",
    CONSENT_PROBE_SECONDS: "3600",
  });
  database = new pg.Client({ connectionString: millrace.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await millrace?.stop();
  await simulator?.close();
});

interface Paused extends SyncAnswer {
  readonly paused: { readonly reason: string; readonly resumesBy: string } | null;
}

async function connect(name: string, count = messages): Promise<{ email: string; accountId: string }> {
  const email = `${name}@millrace.test`;
  await simulator.control.createMailbox({ email, generate: count, seed: 5 });
  return { email, accountId: await millrace.client.connectAccount(email) };
}

async function startSync(name: string): Promise<{ email: string; accountId: string; syncId: string }> {
  const { email, accountId } = await connect(name);
  const syncId = await millrace.client.requestSync(accountId);
  await waitFor(syncId, (sync) => sync.progress.chunksSettled >= 2);
  return { email, accountId, syncId };
}

const read = (syncId: string): Promise<Paused> => millrace.client.json<Paused>("GET", `/v1/syncs/${syncId}`);

const waitFor = (syncId: string, condition: (sync: Paused) => boolean): Promise<Paused> =>
  millrace.client.waitFor(() => read(syncId), condition, 90_000);

const waitForStatus = (syncId: string, status: string): Promise<Paused> =>
  waitFor(syncId, (sync) => sync.status === status);

const control = (syncId: string, verb: string): Promise<{ status: string; syncId: string }> =>
  millrace.client.json("POST", `/v1/syncs/${syncId}/${verb}`);

async function countStored(accountId: string): Promise<{ rows: number; distinct: number }> {
  const { rows } = await database.query(
    `select count(*)::int as rows, count(distinct provider_id)::int as distinct
     from messages where account_id = $1 and deleted_at is null`,
    [accountId],
  );
  return rows[0];
}

async function expectWhole(accountId: string, syncId: string): Promise<void> {
  const sync = await millrace.client.waitForEnd(syncId, 120_000);
  expect(sync).toMatchObject({
    status: "completed",
    ledger: { listed: messages, deadLettered: 0, balanced: true },
  });
  expect(await countStored(accountId)).toEqual({ rows: messages, distinct: messages });
}

const typesOf = async (syncId: string): Promise<string[]> =>
  (await millrace.client.events(`/v1/syncs/${syncId}/events?limit=500`)).map(({ type }) => type);

async function killAll(...names: ServiceName[]): Promise<void> {
  await Promise.all(names.map((name) => millrace.services.get(name)?.kill()));
}

describe("consent that is lost in the middle of a sync", () => {
  it("pauses it with that reason; new credentials resume it where it was", async () => {
    const { email, accountId, syncId } = await startSync("consent");
    await simulator.control.setGranted(email, false);
    const paused = await waitForStatus(syncId, "paused");
    expect(paused.paused).toMatchObject({ reason: "consent_lost" });
    expect(await millrace.client.json("GET", `/v1/accounts/${accountId}`)).toMatchObject({
      status: "reauth_required",
    });
    await simulator.control.setGranted(email, true);
    const credentials = { refreshToken: `sim-refresh-${email}` };
    const account = await millrace.client.json("POST", `/v1/accounts/${accountId}/credentials`, {
      credentials,
    });
    expect(account).toMatchObject({ id: accountId });
    await expectWhole(accountId, syncId);
    expect(await typesOf(syncId)).toEqual(expect.arrayContaining(["sync.paused", "account.reconnected"]));
    expect(await millrace.client.json("GET", `/v1/accounts/${accountId}`)).toMatchObject({
      status: "connected",
    });
  });
});

describe("control", () => {
  it("pauses within a chunk, resumes only what is outstanding", async () => {
    const { accountId, syncId } = await startSync("pause");
    await control(syncId, "pause");
    await waitForStatus(syncId, "paused");
    await sleep(1_500); // what was in flight
    const before = await read(syncId);
    await sleep(2_000);
    expect((await read(syncId)).progress.settled).toBe(before.progress.settled);
    expect(before.progress.settled).toBeLessThan(messages);
    await control(syncId, "resume");
    await expectWhole(accountId, syncId);
  });

  it("works while chunker, fetcher and janitor are dead, also on a sync that has not begun", async () => {
    const { accountId } = await connect("control-dead");
    await killAll("chunker", "fetcher", "janitor");
    const syncId = await millrace.client.requestSync(accountId);
    expect((await read(syncId)).status).toBe("requested");
    await control(syncId, "pause");
    await waitForStatus(syncId, "paused");
    for (const name of ["chunker", "fetcher", "janitor"] as const) await millrace.start(name);
    await sleep(2_000);
    expect((await read(syncId)).status).toBe("paused");
    await control(syncId, "resume");
    await expectWhole(accountId, syncId);
  });

  it("cancels, and the account is free for the next sync, which fetches only what is missing", async () => {
    const { accountId, syncId } = await startSync("cancel");
    await control(syncId, "cancel");
    await waitForStatus(syncId, "cancelled");
    const again = await control(syncId, "retry");
    expect(again.syncId).not.toBe(syncId);
    const sync = await millrace.client.waitForEnd(again.syncId);
    expect(sync).toMatchObject({ status: "completed", ledger: { listed: messages, balanced: true } });
    expect(sync.ledger.unchanged).toBeGreaterThan(0);
    expect(await countStored(accountId)).toEqual({ rows: messages, distinct: messages });
  });
});

interface Letter {
  readonly id: string;
  readonly category: string;
  readonly attempts: number;
  readonly state: string;
}

const lettersOf = async (syncId: string, state = "open"): Promise<Letter[]> =>
  (await millrace.client.json<{ items: Letter[] }>("GET", `/v1/dead-letters?syncId=${syncId}&state=${state}`))
    .items;

async function anyMessage(email: string): Promise<string> {
  for await (const { id } of simulator.control.truth(email)) return id;
  throw new Error("the mailbox is empty");
}

describe("a message that can never be fetched", () => {
  it("alone becomes a dead letter after its budget; redriven with success the sync is complete", async () => {
    const { email, accountId } = await connect("poison", 250);
    const messageId = await anyMessage(email);
    const fault = await simulator.control.addFault({
      match: { email, messageId },
      effect: { kind: "status", status: 418, reason: "teapot", message: "I am a teapot", domain: "global" },
    });
    const syncId = await millrace.client.requestSync(accountId);
    const sync = await millrace.client.waitForEnd(syncId);
    expect(sync).toMatchObject({
      status: "partial",
      ledger: { listed: 250, stored: 249, deadLettered: 1, balanced: true },
    });
    const [letter] = await lettersOf(syncId);
    expect(letter).toMatchObject({ category: "unknown", attempts: 8 });
    const attempts = (await typesOf(syncId)).filter((type) => type === "chunk.attempt_failed");
    expect(attempts).toHaveLength(8);

    // Refused again, it is a dead letter as before.
    await millrace.client.json("POST", `/v1/dead-letters/${letter?.id}/redrive`);
    await millrace.client.waitFor(
      () => typesOf(syncId),
      (types) => types.includes("dead_letters.refused"),
    );
    await millrace.client.waitFor(
      () => lettersOf(syncId),
      (letters) => letters.length === 1,
    );

    await simulator.control.clearFaults(fault);
    await millrace.client.json("POST", "/v1/dead-letters/redrive", { syncId });
    const mended = await waitForStatus(syncId, "completed");
    expect(mended.ledger).toMatchObject({ listed: 250, stored: 250, deadLettered: 0, balanced: true });
    expect(await lettersOf(syncId)).toEqual([]);
    expect(await countStored(accountId)).toEqual({ rows: 250, distinct: 250 });
  });
});

describe("a message that kills whoever fetches it", () => {
  it("is found within a bounded number of deaths, and takes no other with it", async () => {
    const { email, accountId } = await connect("killer", 150);
    const messageId = await anyMessage(email);
    // Its answer comes late, so that whoever waits for it can be killed.
    await simulator.control.addFault({ match: { email, messageId }, effect: { kind: "latency", ms: 2_500 } });
    const syncId = await millrace.client.requestSync(accountId);
    let deaths = 0;
    let fired = 0;
    for (const end = Date.now() + 150_000; Date.now() < end; await sleep(100)) {
      const sync = await read(syncId).catch(() => null);
      if (sync !== null && ["partial", "completed", "failed"].includes(sync.status)) break;
      const [rule] = await simulator.control.listFaults();
      if (rule === undefined || rule.fired === fired) continue;
      fired = rule.fired;
      await millrace.services.get("fetcher")?.kill();
      deaths++;
      await millrace.start("fetcher");
    }
    await simulator.control.clearFaults();
    const sync = await millrace.client.waitForEnd(syncId);
    expect(sync).toMatchObject({
      status: "partial",
      ledger: { listed: 150, stored: 149, deadLettered: 1, balanced: true },
    });
    expect(deaths).toBeLessThanOrEqual(8);
    const [letter] = await lettersOf(syncId);
    expect(letter).toMatchObject({ category: "crash_loop" });
    await millrace.client.json("POST", `/v1/dead-letters/${letter?.id}/redrive`);
    await waitForStatus(syncId, "completed");
  });
});

describe("a request that was accepted and never published", () => {
  it("is published by the janitor", async () => {
    const { accountId } = await connect("unpublished", 40);
    const syncId = "lost-request";
    await database.query(
      `insert into sync_requests (sync_id, tenant_id, account_id, body_hash, request)
       values ($1, 'demo', $2, '', $3)`,
      [
        syncId,
        accountId,
        JSON.stringify({ syncId, mode: "auto", trigger: "api", requestedAt: new Date().toISOString() }),
      ],
    );
    await millrace.client.waitFor(
      () => millrace.client.json<{ items: SyncAnswer[] }>("GET", `/v1/syncs?accountId=${accountId}`),
      ({ items }) => items.some(({ status }) => status === "completed"),
      60_000,
    );
    expect(await countStored(accountId)).toEqual({ rows: 40, distinct: 40 });
  });
});

describe("a lost log", () => {
  it("begins a new epoch, and every running sync still ends with nothing lost", async () => {
    const held = await startSync("log-lost-held");
    await control(held.syncId, "pause");
    await waitForStatus(held.syncId, "paused");
    const { accountId, syncId } = await startSync("log-lost");
    const seen = await read(syncId);
    await (await jetstreamManager(millrace.broker)).streams.delete("EVENTS");
    await expectWhole(accountId, syncId);
    expect(Number((await read(syncId)).version.split("-")[0])).toBeGreaterThan(
      Number(seen.version.split("-")[0]),
    );
    expect(await typesOf(syncId)).toContain("account.restored");
    expect((await read(held.syncId)).status).toBe("paused"); // a pause is not forgotten
    await control(held.syncId, "resume");
    await expectWhole(held.accountId, held.syncId);
  });

  it("and so does a broker that comes back with nothing at all", async () => {
    const { accountId, syncId } = await startSync("broker-lost");
    await millrace.nats.kill();
    await millrace.nats.forget();
    await millrace.nats.restart();
    await expectWhole(accountId, syncId);
  });
});

describe("a database that is restored from an older backup", () => {
  it("catches up from the log, and the mail that is missing is fetched again", async () => {
    const done = await startSync("restored");
    await expectWhole(done.accountId, done.syncId);
    const later = await connect("restored-later");
    await backUp();
    const syncId = await millrace.client.requestSync(later.accountId);
    await waitForStatus(syncId, "completed");
    const running = await startSync("restored-running").catch(() => null);
    await killAll(...serviceNames);
    await restore();
    for (const name of serviceNames) await millrace.start(name);
    await millrace.client.waitFor(
      () => countStored(later.accountId),
      ({ distinct }) => distinct === messages,
      120_000,
    );
    expect(await countStored(later.accountId)).toEqual({ rows: messages, distinct: messages });
    expect((await read(syncId)).status).toBe("completed");
    // The other mailbox was connected after the backup: its account is gone, and its sync ends all the same.
    if (running !== null) await millrace.client.waitForEnd(running.syncId);
  });

  /** What stands in parts of a table stands in the whole. */
  const tables = async (): Promise<string[]> => {
    const { rows } = await database.query<{ name: string }>(`
      select relname as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition and relname <> 'pgmigrations'`);
    return rows.map(({ name }) => name);
  };
  async function backUp(): Promise<void> {
    await database.query("begin isolation level repeatable read; create schema backup");
    for (const table of await tables()) {
      await database.query(`create table backup.${table} as table public.${table}`);
    }
    await database.query("commit");
  }
  async function restore(): Promise<void> {
    const names = await tables();
    // What the killed services had asked for may still be under way in the server, and in the way.
    await database.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    );
    await database.query(`begin; truncate ${names.join(", ")}; set local session_replication_role = replica`);
    for (const table of names) await database.query(`insert into public.${table} table backup.${table}`);
    await database.query("commit; drop schema backup cascade");
  }
});

describe("a provider that is away", () => {
  it("costs time, never mail: nothing is set aside, and the sync completes after it", async () => {
    const { email, accountId, syncId } = await startSync("provider-away");
    const fault = await simulator.control.addFault({
      match: { email },
      effect: { kind: "status", status: 503 },
    });
    await sleep(15_000); // with backoffs of a second at most: more attempts than two hours cost else
    await simulator.control.clearFaults(fault);
    await expectWhole(accountId, syncId);
    expect((await typesOf(syncId)).filter((type) => type === "chunk.attempt_failed").length).toBeGreaterThan(
      8,
    );
  });
});
