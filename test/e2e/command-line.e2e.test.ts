import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { ConsentingBrowser } from "@millrace/gmail-simulator/testing/consenting-browser";
import { makeFollowers } from "@millrace/infra/nats/make-followers";
import { jetstreamManager } from "@nats-io/jetstream";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessTokenOf } from "../support/simulator-token.ts";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";

const commandLine = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));
const messages = 300;
const [ann, bob] = ["ann@cli.test", "bob@cli.test"] as const;
const returnUrl = "http://127.0.0.1:9/connected"; // nobody opens it
const encryptionKeys = `k1:${randomBytes(32).toString("base64")}`;

let simulator: GmailSimulator;
let millrace: Millrace;
let database: pg.Client;

beforeAll(async () => {
  const mailboxes = [ann, bob].map((email) => ({ email, generate: messages }));
  simulator = await startGmailSimulator({ quotas: "off", seed: 43, latencyMs: 20, mailboxes });
  millrace = await startMillrace(simulator.url, {
    DATABASE_MIB_MAX: "10000",
    MILLRACE_ENCRYPTION_KEYS: encryptionKeys,
    MILLRACE_BOOTSTRAP_RETURN_URLS: returnUrl,
    RECONCILE_SECONDS: "2",
  });
  database = new pg.Client({ connectionString: millrace.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await millrace?.stop();
  await simulator?.close();
});

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Given {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** `millrace …`, as somebody types it; still running. */
function start(args: readonly string[], { env = {}, stdin = "" }: Given = {}) {
  const { url, key } = millrace.client;
  const child = spawn(process.execPath, [commandLine, ...args], {
    env: { PATH: process.env.PATH, HOME: "/nonexistent", MILLRACE_URL: url, MILLRACE_KEY: key, ...env },
  });
  const told = { stdout: "", stderr: "" };
  child.stdout.on("data", (part: Buffer) => {
    told.stdout += part;
  });
  child.stderr.on("data", (part: Buffer) => {
    told.stderr += part;
  });
  child.stdin.end(stdin);
  const ended = new Promise<Ran>((resolve) => child.once("close", (code) => resolve({ code, ...told })));
  const firstLine = async (): Promise<string> => {
    while (!told.stdout.includes("\n")) await Promise.race([once(child.stdout, "data"), ended]);
    return told.stdout.slice(0, told.stdout.indexOf("\n"));
  };
  return { ended, firstLine, told, interrupt: () => child.kill("SIGINT") };
}

const run = (args: readonly string[], given?: Given): Promise<Ran> => start(args, given).ended;

it("a mailbox is connected with a token, synced and looked at by its address alone", async () => {
  const connected = await run(["connect", ann, "--refresh-token-stdin"], { stdin: `sim-refresh-${ann}\n` });
  expect([connected.code, connected.stdout]).toEqual([
    0,
    expect.stringContaining(`${ann} is connected as acc_`),
  ]);
  const synced = await run(["sync", ann, "--watch"]);
  expect(synced.code).toBe(0);
  expect(synced.stdout).toContain(`${messages} of ${messages} (100 %), completed\n`);
  expect(synced.stdout).toContain("The ledger balances");
  const shown = await run(["status", ann.toUpperCase()]);
  expect([shown.code, shown.stdout]).toEqual([0, expect.stringMatching(/state +connected/)]);
  const { overview } = JSON.parse((await run(["status", "--json"])).stdout);
  expect(overview).toMatchObject({ syncs: { endedLastDay: { completed: 1 } }, accounts: { connected: 1 } });
  const { items } = JSON.parse((await run(["syncs", "--account", ann, "--json"])).stdout);
  expect(items).toEqual([expect.objectContaining({ status: "completed", mode: "full" })]);
});

it("periods of the tenant's own are set, shown beside everybody's, and made everybody's again", async () => {
  const inForce = async (...words: string[]) => {
    const { code, stdout } = await run(["retention", "periods", ...words, "--json"]);
    expect(code).toBe(0);
    return JSON.parse(stdout);
  };
  // The janitor says what holds for everybody.
  await expect.poll(async () => (await inForce()).activityDays.days, { timeout: 30_000 }).toBe(8);
  const set = await inForce("set", "finishedSyncsDays=14", "activityDays=30");
  expect(set).toMatchObject({
    finishedSyncsDays: { days: 14, from: "tenant", defaultDays: 30, daysMin: 7 },
    activityDays: { days: 30, from: "tenant", defaultDays: 8, daysMax: 90 },
    tracesDays: { days: 7, from: "installation" },
  });
  expect(await inForce()).toEqual(set);
  expect((await inForce("reset", "finishedSyncsDays")).finishedSyncsDays).toMatchObject({ days: 30 });
  const shown = await run(["retention", "periods", "reset", "activityDays"]);
  expect([shown.code, shown.stdout]).toEqual([
    0,
    expect.stringMatching(/activity +8 days +everybody's +activityDays/),
  ]);
});

it("a link that is made connects what a person consents to, and is waited for", async () => {
  const connecting = start(["connect", bob, "--json"]);
  const made = JSON.parse(await connecting.firstLine());
  expect(made).toMatchObject({ status: "open", accountId: null });
  const browser = new ConsentingBrowser();
  await browser.get(await browser.consent(made.url, bob));
  const { code, stdout } = await connecting.ended;
  const ended = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
  expect([code, ended.id, ended.status]).toEqual([0, made.id, "connected"]);
  expect(await run(["watch", ended.syncId])).toMatchObject({ code: 0 });
});

it("facts are followed as they happen, over a restart of the API, and another tail goes on where one was ended", async () => {
  const tail = start(["tail", "--account", ann, "--json"]);
  await waitUntilTold(() => run(["sync", ann, "--mode", "full"]), tail, "sync.started");
  await millrace.services.get("sync-api")?.kill();
  await millrace.start("sync-api");
  await waitUntilTold(() => run(["sync", ann, "--watch"]), tail, "sync.completed");
  tail.interrupt();
  const { code, stdout, stderr } = await tail.ended;
  expect([code, stderr]).toEqual([
    130,
    expect.stringMatching(/opening it again\.\n(.*\n)*`millrace tail --after /),
  ]);
  const facts = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const versions = facts.map(({ version }) => Number(version.split("-")[1]));
  expect(versions).toEqual([...versions].sort((a, b) => a - b));
  expect(new Set(versions).size).toBe(versions.length);

  const again = start(["tail", "--account", ann, "--after", facts[0].version, "--json"]);
  expect(JSON.parse(await again.firstLine())).toEqual(facts[1]);
  again.interrupt();
  await again.ended;

  async function waitUntilTold(ask: () => Promise<Ran>, { told }: typeof tail, type: string): Promise<void> {
    for (let tries = 0; tries < 20 && !told.stdout.includes(`"type":"${type}"`); tries++) {
      await ask();
      await sleep(500);
    }
    expect(told.stdout).toContain(`"type":"${type}"`);
  }
});

describe("doctor", () => {
  beforeAll(async () => {
    for (const email of [ann, bob])
      await run(["connect", email, "--refresh-token-stdin"], { stdin: `sim-refresh-${email}\n` });
  });

  const doctor = async (env: Readonly<Record<string, string>> = {}) => {
    const { code, stdout, stderr } = await run(["doctor", "--json"], { env: { ...given(), ...env } });
    expect(stderr).toBe("");
    const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
    expect(code).toBe(ok ? 0 : 1);
    return findings;
  };
  const found = (findings: readonly Finding[], status: string) =>
    findings.filter((one) => one.status === status);

  interface Finding {
    readonly check: string;
    readonly status: string;
    readonly found: string;
    readonly todo: string | null;
  }

  const given = (): Record<string, string> => ({
    DATABASE_URL: millrace.databaseUrl,
    NATS_URL: millrace.nats.url,
    NATS_NKEY_SEED_FILE: millrace.operator.seedFile,
    NATS_USERS_DIR: dirname(dirname(millrace.operator.seedFile)),
    NATS_LOG_MIB: "256",
    MILLRACE_ENCRYPTION_KEYS: encryptionKeys,
    BLOB_STORE_DIR: "/tmp",
    GOOGLE_CLIENT_ID: "test-client",
    GOOGLE_CLIENT_SECRET: "test-secret",
    GOOGLE_TOKEN_URL: `${simulator.url}/token`,
  });

  it("finds nothing to do where all is as it should be, and looks at all of it", async () => {
    const findings = await doctor();
    expect(found(findings, "fail")).toEqual([]);
    expect(found(findings, "skipped")).toEqual([]);
    const checks = new Set(findings.map(({ check }) => check));
    for (const check of [
      ...["api.clock", "api.ready", "api.key", "accounts.credentials", "accounts.watches", "postgres.clock"],
      ...["postgres.migrations", "postgres.rights", "postgres.access", "encryption.keys", "broker.clock"],
      ...["broker.streams", "broker.consumers", "broker.limits", "broker.permissions", "blobs.room"],
      "broker.followers",
      "blobs.owner",
      "provider.token-endpoint",
    ])
      expect(checks).toContain(check);
  });

  it("works with an address and a key alone, and says what it could not look at", async () => {
    const { code, stdout } = await run(["doctor"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok +api\.reachable/m);
    expect(stdout).toMatch(/^- +postgres\.reachable .*\n +→ Set DATABASE_URL/m);
    expect(stdout).toMatch(/^- +broker\.reachable .*\n +→ Set NATS_URL/m);
  });

  it("finds a stream that somebody has changed, and knows what its service's user may not", async () => {
    const jsm = await jetstreamManager(millrace.broker);
    const { config } = await jsm.streams.info("REQUESTS");
    await jsm.streams.update("REQUESTS", { ...config, max_bytes: 1024 ** 2 });
    const [drifted, ...others] = found(await doctor(), "fail");
    await jsm.streams.update("REQUESTS", config);
    expect(others).toEqual([]);
    expect(drifted).toMatchObject({ check: "broker.streams", todo: expect.stringContaining("janitor") });
    expect(drifted?.found).toBe("REQUESTS: max_bytes is 1048576 and should be 268435456");
    expect(found(await doctor(), "fail")).toEqual([]);

    await jsm.consumers.delete("EVENTS", "follow-shop");
    const [deleted, ...rest] = found(await doctor(), "fail");
    expect(rest).toEqual([]);
    expect(deleted).toMatchObject({ check: "broker.followers", found: "not there: follow-shop" });
    const folder = dirname(dirname(millrace.operator.seedFile));
    expect(deleted?.todo).toContain(`npm run nats-users -- ${folder} --server "$NATS_URL"`);
    await makeFollowers(millrace.nats.url, millrace.nats.users);
    expect(found(await doctor(), "fail")).toEqual([]);

    const asFetcher = await doctor({ NATS_NKEY_SEED_FILE: millrace.nats.users.seedFile("fetcher") });
    expect(found(asFetcher, "fail")).toEqual([]);
    // What the outsider may do is none of a service's.
    const seedFile = join(mkdtempSync(join(tmpdir(), "millrace-seed-")), "chunker.nk");
    copyFileSync(millrace.nats.users.seedFile("fetcher"), seedFile);
    const asAnother = await doctor({ NATS_NKEY_SEED_FILE: seedFile });
    rmSync(dirname(seedFile), { recursive: true });
    expect(found(asAnother, "fail").map(({ check }) => check)).toEqual(["broker.reachable"]);
  });

  it("finds a policy that is gone, a migration that is missing, and keys that do not open what is stored", async () => {
    await database.query("alter table messages disable row level security");
    const open = found(await doctor(), "fail");
    await database.query("alter table messages enable row level security");
    expect(open[0]).toMatchObject({ check: "postgres.rights", found: "messages has no row security" });
    expect(open.slice(1).every(({ check }) => check === "postgres.access")).toBe(true);

    const { rows } = await database.query(
      "delete from schema_migrations where id = (select max(id) from schema_migrations) returning *",
    );
    const behind = found(await doctor(), "fail");
    await database.query("insert into schema_migrations (id, name, run_on) values ($1, $2, $3)", [
      rows[0].id,
      rows[0].name,
      rows[0].run_on,
    ]);
    expect(behind).toMatchObject([{ check: "postgres.migrations", found: `not applied: ${rows[0].name}` }]);

    const other = `k1:${randomBytes(32).toString("base64")}`;
    const sealed = found(await doctor({ MILLRACE_ENCRYPTION_KEYS: other }), "fail");
    expect(sealed).toMatchObject([{ check: "encryption.keys" }]);
    const newer = found(
      await doctor({ MILLRACE_ENCRYPTION_KEYS: `k2${other.slice(2)},${encryptionKeys}` }),
      "warn",
    );
    expect(newer).toMatchObject([
      { check: "encryption.keys", todo: expect.stringContaining("encryption-keys rotate") },
    ]);
  });

  it("tells of servers that are away, each by itself, and of a mailbox that has to be connected again", async () => {
    const nobody = await doctor({
      MILLRACE_URL: "http://127.0.0.1:1",
      DATABASE_URL: "postgres://u:geheim@127.0.0.1:1/x",
      NATS_URL: "nats://127.0.0.1:1",
      GOOGLE_TOKEN_URL: "http://127.0.0.1:1/token",
    });
    expect(found(nobody, "fail").map(({ check }) => check)).toEqual([
      "api.reachable",
      "postgres.reachable",
      "broker.reachable",
      "provider.token-endpoint",
    ]);
    expect(JSON.stringify(nobody)).not.toContain("geheim");

    const body = new URLSearchParams({ token: await accessTokenOf(simulator.url, bob) });
    await fetch(`${simulator.url}/revoke`, { method: "POST", body });
    await simulator.control.generateMessages(bob, 1);
    await run(["sync", bob]);
    const isRefused = async () => JSON.parse((await run(["accounts", "show", bob, "--json"])).stdout).status;
    for (let tries = 0; tries < 40 && (await isRefused()) !== "reauth_required"; tries++) await sleep(250);
    const [refused] = found(await doctor(), "warn");
    expect(refused).toMatchObject({
      check: "accounts.credentials",
      found: `1 of 2 mailboxes must be connected again: ${bob}`,
      todo: expect.stringContaining(`millrace connect ${bob}`),
    });
  });
});

it("a worthless token connects nothing; who retries a partial sync and then watches it sees it to its end", async () => {
  const dora = "dora@cli.test";
  const { control } = simulator;
  await control.createMailbox({ email: dora, generate: 60 });
  const connect = (token: string) => run(["connect", dora, "--refresh-token-stdin"], { stdin: token });
  const refused = await connect("worthless\n");
  expect([refused.code, refused.stdout]).toEqual([2, ""]);
  expect(refused.stderr).toContain("It does not know the refresh token");
  expect((await connect(`sim-refresh-${dora}\n`)).code).toBe(0);

  const messageId = await firstMessage(dora);
  const match = { email: dora, messageId } as const;
  const teapot = await control.addFault({ match, effect: { kind: "status", status: 418, message: "Tea" } });
  const partial = await run(["sync", dora, "--watch"]);
  expect([partial.code, partial.stdout]).toEqual([1, expect.stringContaining("1 set aside, partial")]);
  const shown = await run(["status", dora]);
  expect(shown.stdout).toMatch(/newest copy by +syn_\w+, partial: without 1 of 60 messages/);

  await control.clearFaults(teapot);
  // It is tried again until whoever watches has seen that.
  const away = await control.addFault({ match, effect: { kind: "status", status: 503 } });
  expect((await run(["retry", dora])).stdout).toContain("1 dead letter is tried again");
  const watching = start(["watch", dora]);
  await expect
    .poll(() => watching.told.stdout, { timeout: 30_000 })
    .toContain("1 set aside, 1 being tried again, partial");
  await control.clearFaults(away);
  const watched = await watching.ended;
  expect([watched.code, watched.stdout]).toEqual([0, expect.stringContaining("60 of 60 (100 %), completed")]);
});

async function firstMessage(email: string): Promise<string> {
  for await (const { id } of simulator.control.truth(email)) return id;
  throw new Error("the mailbox is empty");
}
