import { setTimeout as sleep } from "node:timers/promises";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createGrantBook } from "../../postgres/create-grant-book.ts";
import { createPool } from "../../postgres/create-pool.ts";
import { createTokenVault } from "../../postgres/create-token-vault.ts";
import { Keyring } from "../../postgres/keyring.ts";
import { loadAccount, sealCredentials } from "../../postgres/load-account.ts";
import { createTestPool, type TestPool } from "../../testing/create-test-pool.ts";
import { silentLogger } from "../../testing/silent-logger.ts";
import type { ProviderAccount, ProviderResult, ProviderSession } from "../mail-provider.ts";
import type { TokenVault } from "../token-vault.ts";
import { createGmailProvider } from "./create-gmail-provider.ts";

const keyText = (id: string, byte: number) => `${id}:${Buffer.alloc(32, byte).toString("base64")}`;
const keyring = Keyring.parse(keyText("k1", 7));
const hourSeconds = 3_600;

let database: TestDatabase;
let administrator: TestPool;
const running: { close(): Promise<void> | void }[] = [];
let simulator: GmailSimulator;
let account: ProviderAccount;
let number = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  administrator = createTestPool(database.url, "fetcher", 2);
  await administrator.query("insert into tenants (id, name) values ('t', 'T'), ('other', 'O')");
});
afterAll(async () => {
  await administrator?.end();
  await database?.drop();
});

beforeEach(() => startWithTokensOf(hourSeconds));
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close();
});

async function startWithTokensOf(accessTokenSeconds: number): Promise<void> {
  const email = `ann${number++}@example.com`;
  simulator = await startGmailSimulator({
    quotas: "off",
    accessTokenSeconds,
    mailboxes: [{ email, generate: 60 }],
  });
  running.push(simulator);
  account = {
    tenantId: "t",
    accountId: `acc_${email}`,
    email,
    refreshToken: `sim-refresh-${email}`,
  };
  await administrator.query(
    `insert into accounts (id, tenant_id, provider, email, sealed_credentials) values ($1, 't', 'gmail', $2, $3)`,
    [account.accountId, email, sealCredentials(keyring, account, { refreshToken: account.refreshToken })],
  );
}

/** What one process has: its own pool, vault, provider and connections. */
function openProcess(options: { connectionsMax?: number; databaseUrl?: string; vault?: TokenVault } = {}) {
  const pool = createPool(
    options.databaseUrl ?? database.url,
    "fetcher",
    options.connectionsMax ?? 2,
    silentLogger,
  );
  const provider = createGmailProvider({
    vault: options.vault ?? createTokenVault(pool, keyring),
    grants: createGrantBook(pool),
    rootUrl: simulator.rootUrl,
    tokenUrl: simulator.tokenUrl,
    clientId: "client",
    clientSecret: "secret",
    requestTimeoutMs: 3_000,
  });
  running.push({ close: () => pool.end() }, provider);
  return { pool, provider, session: provider.connect(account) };
}

const openProcesses = (count: number) => Array.from({ length: count }, () => openProcess());

async function tokenCalls(): Promise<number> {
  const { calls } = await simulator.control.calls();
  return calls.filter(({ endpoint }) => endpoint === "token").reduce((sum, { count }) => sum + count, 0);
}

/** Every process asks five times at once; what came of it, each once. */
async function askAll(processes: readonly { session: ProviderSession }[]): Promise<string[]> {
  const asked = processes.flatMap(({ session }) => Array.from({ length: 5 }, () => session.getProfile()));
  return [...new Set((await Promise.all(asked)).map(outcome))];
}

const outcome = (result: ProviderResult<unknown>): string => (result.ok ? "ok" : result.fault.category);

async function fetchAll(session: ProviderSession, ids: readonly string[]): Promise<string[]> {
  const outcomes: string[] = [];
  for await (const { result } of session.fetchMessages(ids, "full")) outcomes.push(outcome(result));
  return outcomes;
}

describe("processes of one account", () => {
  it("share one refresh, at the beginning and whenever tokens are refused", async () => {
    const processes = openProcesses(6);
    expect(await askAll(processes)).toEqual(["ok"]);
    expect(await tokenCalls()).toBe(1);
    for (let round = 2; round <= 5; round++) {
      await simulator.control.expireTokens(account.email);
      expect(await askAll(processes)).toEqual(["ok"]);
      expect(await tokenCalls()).toBe(round);
    }
  });

  it("share one refresh while they fetch, and no message meets a fault", async () => {
    const processes = openProcesses(4);
    const page = await openProcess().session.listPage({ idsMax: 60 });
    const ids = page.ok ? page.value.ids : [];
    await askAll(processes);
    await simulator.control.expireTokens(account.email);
    const fetched = await Promise.all(processes.map(({ session }) => fetchAll(session, ids)));
    expect(fetched.flat()).toEqual(Array(4 * 60).fill("ok"));
    expect(await tokenCalls()).toBe(2);
  });

  it("ask whose mailbox it is once, those that come later included", async () => {
    const profiles = async (): Promise<number> => {
      const { calls } = await simulator.control.calls();
      return calls
        .filter(({ endpoint }) => endpoint === "profile")
        .reduce((sum, { count }) => sum + count, 0);
    };
    const before = await profiles();
    for (let nth = 1; nth <= 3; nth++) {
      const { session } = openProcess();
      expect(outcome(await session.listPage({ idsMax: 1 }))).toBe("ok");
      // The next one loads the account anew.
      account = { ...account, ownGrant: (await loadAccount(administrator, keyring, account))?.ownGrant };
    }
    expect((await profiles()) - before).toBe(1);
  });

  it("a process that was away while others replaced the token twice catches up within a call", async () => {
    const [late, other] = openProcesses(2) as [
      ReturnType<typeof openProcess>,
      ReturnType<typeof openProcess>,
    ];
    await late.session.getProfile();
    await other.session.getProfile();
    await simulator.control.expireTokens(account.email);
    await other.session.getProfile();
    await simulator.control.expireTokens(account.email);
    expect((await late.session.getProfile()).ok).toBe(true);
    expect(await tokenCalls()).toBe(3);
  });

  it("need no more than one connection each, and none while the provider is silent", async () => {
    await simulator.control.addFault({
      match: { endpoint: "token" },
      effect: { kind: "hang", ms: 1_500 },
      when: { times: 1 },
    });
    const processes = [1, 1, 1].map((connectionsMax) => openProcess({ connectionsMax }));
    const asked = askAll(processes);
    await sleep(500);
    for (const { pool } of processes) {
      const began = performance.now();
      await pool.ofNobody().query("select 1");
      expect(performance.now() - began).toBeLessThan(500);
    }
    expect(await asked).toEqual(["ok"]);
    expect(await tokenCalls()).toBe(1);
  });

  it("a refresh by somebody who died is taken over when its time is up", async () => {
    const vault = createTokenVault(administrator, keyring);
    const nowMs = (await vault.read(account))?.nowMs ?? 0;
    const grant = "of another credential, too";
    await vault.write(account, {
      version: 1,
      grant,
      token: null,
      refreshingUntilMs: nowMs + 60_000,
      failure: null,
    });
    const { session } = openProcess();
    await session.getProfile();
    const own = (await vault.read(account))?.record;
    if (own == null) throw new Error("nothing is kept");
    const refreshingUntilMs = Date.now() + 1_500;
    await vault.write(account, { ...own, version: own.version + 1, token: null, refreshingUntilMs });
    const began = performance.now();
    expect(await askAll(openProcesses(3))).toEqual(["ok"]);
    expect(performance.now() - began).toBeGreaterThan(1_300);
    expect(await tokenCalls()).toBe(2);
  });
});

describe("over many lifetimes of a token", () => {
  it("nothing fails, and there is about one refresh a lifetime", async () => {
    const lifetimeSeconds = 2;
    await startWithTokensOf(lifetimeSeconds);
    const processes = openProcesses(4);
    const runSeconds = 14;
    const endMs = performance.now() + runSeconds * 1_000;
    const outcomes = new Map<string, number>();
    const work = async ({ session }: { session: ProviderSession }) => {
      while (performance.now() < endMs) {
        const got = outcome(await session.getProfile());
        outcomes.set(got, (outcomes.get(got) ?? 0) + 1);
        await sleep(20);
      }
    };
    await Promise.all(processes.flatMap((one) => [work(one), work(one)]));
    expect([...outcomes.keys()]).toEqual(["ok"]);
    expect(outcomes.get("ok")).toBeGreaterThan(500);
    const refreshes = await tokenCalls();
    expect(refreshes).toBeGreaterThanOrEqual(runSeconds / lifetimeSeconds);
    expect(refreshes).toBeLessThanOrEqual(runSeconds / lifetimeSeconds + 3);
  });
});

describe("a token that cannot be had", () => {
  it("lost consent is told to everybody as definite, and the same credential works when it is given back", async () => {
    const processes = openProcesses(5);
    await askAll(processes);
    await simulator.control.setGranted(account.email, false);
    expect(await askAll(processes)).toEqual(["consent_lost"]);
    const told = await Promise.all(processes.map(({ session }) => session.listPage({ idsMax: 1 })));
    for (const one of told) {
      expect(one).toMatchObject({ fault: { isConfirmed: true, reason: "invalid_grant" } });
    }
    await simulator.control.setGranted(account.email, true);
    expect(await askAll(processes)).toEqual(["ok"]);
  });

  it("a new credential is used at once, whatever is known of the one before", async () => {
    const { provider } = openProcess();
    const wrong = provider.connect({ ...account, refreshToken: "sim-refresh-nobody@example.com" });
    expect(await wrong.getProfile()).toMatchObject({ fault: { category: "consent_lost" } });
    expect(await askAll([{ session: provider.connect(account) }, openProcess()])).toEqual(["ok"]);
    expect(await tokenCalls()).toBe(2);
  });

  it("an outage of the token endpoint is asked about by one process, once a second at most", async () => {
    const id = await simulator.control.addFault({
      match: { endpoint: "token" },
      effect: { kind: "status", status: 503 },
    });
    const processes = openProcesses(5);
    const began = performance.now();
    while (performance.now() - began < 2_200) expect(await askAll(processes)).toEqual(["transient"]);
    expect(await tokenCalls()).toBe(2);
    await simulator.control.clearFaults(id);
    await expect.poll(() => askAll(processes), { timeout: 10_000 }).toEqual(["ok"]);
    expect(await tokenCalls()).toBe(3);
  });

  it("silence of the token endpoint ends in time", async () => {
    await simulator.control.addFault({ match: { endpoint: "token" }, effect: { kind: "hang", ms: 30_000 } });
    const began = performance.now();
    expect(await askAll(openProcesses(3))).toEqual(["transient"]);
    expect(performance.now() - began).toBeLessThan(6_000);
    expect(await simulator.control.listFaults()).toMatchObject([{ fired: 1 }]);
  });
});

describe("at rest", () => {
  it("tokens are sealed, and open for their own account only", async () => {
    const { session } = openProcess();
    await session.getProfile();
    const vault = createTokenVault(administrator, keyring);
    const accessToken = (await vault.read(account))?.record?.token?.accessToken;
    expect(accessToken).toMatch(/^ya29\.sim-/);
    const { rows } = await administrator.query("select row_to_json(t)::text as row from access_tokens t");
    const text = rows.map(({ row }) => row).join("\n");
    expect(text).toContain(account.accountId);
    expect(text).not.toContain(accessToken);
    expect(text).not.toContain("ya29");
    expect(text).not.toContain(account.refreshToken);

    const email = "bob@example.com";
    await administrator.query(
      `insert into accounts (id, tenant_id, provider, email, sealed_credentials) values ('acc_bob', 't', 'gmail', $1, '')`,
      [email],
    );
    await administrator.query(
      `insert into access_tokens select (jsonb_populate_record(t, '{"account_id":"acc_bob"}')).* from access_tokens t
       where account_id = $1`,
      [account.accountId],
    );
    const copied = await vault.read({ tenantId: "t", accountId: "acc_bob" });
    expect(copied?.record).toMatchObject({ version: 2, token: null });
  });

  it("are nobody else's: another tenant neither reads nor writes them", async () => {
    await openProcess().session.getProfile();
    const vault = createTokenVault(administrator, keyring);
    const foreign = { tenantId: "other", accountId: account.accountId };
    const record = (await vault.read(account))?.record;
    if (record == null) throw new Error("nothing is kept");
    expect(await vault.read(foreign)).toBeNull();
    expect(await vault.write(foreign, { ...record, version: record.version + 1 })).toBe(false);
    expect((await vault.read(account))?.record).toEqual(record);
  });

  it("a token whose key was retired is replaced", async () => {
    await openProcess().session.getProfile();
    const rotated = createTokenVault(administrator, Keyring.parse(keyText("k2", 9)));
    expect((await openProcess({ vault: rotated }).session.getProfile()).ok).toBe(true);
    expect(await tokenCalls()).toBe(2);
    expect((await rotated.read(account))?.record?.token).not.toBeNull();
  });

  it("what is written is read, and only the first writer of a version wins", async () => {
    const vault = createTokenVault(administrator, keyring);
    const fault = { category: "rate_limited", message: "slow down", retryAtMs: 5 } as const;
    const record = {
      version: 1,
      grant: "g",
      token: { accessToken: "a\u0000b'\"", refreshedAtMs: 1_700_000_000_123, expiresAtMs: 1_700_003_600_456 },
      refreshingUntilMs: 1_700_000_000_789,
      failure: { fault, inARow: 2, holdsUntilMs: 1_700_000_001_000 },
    };
    const wins = await Promise.all(Array.from({ length: 10 }, () => vault.write(account, record)));
    expect(wins.filter(Boolean)).toHaveLength(1);
    const read = await vault.read(account);
    expect(read?.record).toEqual(record);
    expect(Math.abs((read?.nowMs ?? 0) - Date.now())).toBeLessThan(5_000);
    const next = { ...record, version: 2, token: null, refreshingUntilMs: null, failure: null };
    const second = await Promise.all(Array.from({ length: 10 }, () => vault.write(account, next)));
    expect(second.filter(Boolean)).toHaveLength(1);
    expect((await vault.read(account))?.record).toEqual(next);
    expect(await vault.write(account, { ...next, version: 9 })).toBe(false);
  });

  it("goes with its account", async () => {
    await openProcess().session.getProfile();
    await administrator.query("delete from accounts where id = $1", [account.accountId]);
    const { rowCount } = await administrator.query("select from access_tokens where account_id = $1", [
      account.accountId,
    ]);
    expect(rowCount).toBe(0);
    expect(await openProcess().session.getProfile()).toMatchObject({ fault: { category: "transient" } });
  });
});

describe("a database that is away", () => {
  const nowhere = "postgres://nobody@127.0.0.1:1/none";

  it("is an error of its own, no answer of the provider, and the provider is not asked", async () => {
    const { session } = openProcess({ databaseUrl: nowhere });
    await expect(session.getProfile()).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(fetchAll(session, ["a", "b"])).rejects.toMatchObject({ code: "ECONNREFUSED" });
    expect(await tokenCalls()).toBe(0);
  });

  it("does not matter to who has a token that holds", async () => {
    const away = openProcess({ databaseUrl: nowhere });
    let isAway = false;
    const there = createTokenVault(administrator, keyring);
    const gone = createTokenVault(away.pool, keyring);
    const { session } = openProcess({
      vault: {
        read: (ref) => (isAway ? gone : there).read(ref),
        write: (ref, next) => (isAway ? gone : there).write(ref, next),
      },
    });
    await session.getProfile();
    isAway = true;
    expect((await session.getProfile()).ok).toBe(true);
    await simulator.control.expireTokens(account.email);
    await expect(session.getProfile()).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});
