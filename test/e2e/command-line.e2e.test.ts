import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { jetstreamManager } from "@nats-io/jetstream";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";

const commandLine = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));
const messages = 300;
const [ann, bob, cleo] = ["ann@cli.test", "bob@cli.test", "cleo@cli.test"] as const;
const encryptionKeys = `k1:${randomBytes(32).toString("base64")}`;

let simulator: GmailSimulator;
let millrace: Millrace;
let database: pg.Client;

beforeAll(async () => {
  const mailboxes = [ann, bob, cleo].map((email) => ({ email, generate: messages }));
  simulator = await startGmailSimulator({ quotas: "off", seed: 43, latencyMs: 20, mailboxes });
  millrace = await startMillrace(simulator.url, { MILLRACE_ENCRYPTION_KEYS: encryptionKeys, RECONCILE_SECONDS: "2" });
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

/** `millrace …`, as somebody types it. */
async function run(args: readonly string[], { env = {}, stdin = "" }: { env?: object; stdin?: string } = {}): Promise<Ran> {
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
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, ...told })));
}

it("a mailbox is connected with a token, synced and looked at by its address alone", async () => {
  const connected = await run(["connect", ann, "--refresh-token-stdin"], { stdin: `sim-refresh-${ann}\n` });
  expect([connected.code, connected.stdout]).toEqual([0, expect.stringContaining(`${ann} is connected as acc_`)]);
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

it("a link that is made connects what a person consents to, and is waited for", async () => {
  await fetch(`${millrace.client.url}/v1/tenant`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${millrace.client.key}`, "content-type": "application/json" },
    body: JSON.stringify({ returnUrls: [millrace.client.url] }),
  });
  const waiting = run(["connect", bob, "--json"]);
  const link = await newestLink();
  await consent(link, bob);
  const { code, stdout } = await waiting;
  const [made, ended] = stdout.trim().split("\n").map((line) => JSON.parse(line));
  expect([code, made.status, ended.status]).toEqual([0, "open", "connected"]);
  expect((await run(["watch", ended.syncId])).code).toBe(0);

  async function newestLink(): Promise<string> {
    // The command says it on standard output, which ends with it: another link does the same.
    const { stdout } = await run(["connect", bob, "--no-wait", "--json"]);
    return JSON.parse(stdout).url;
  }
});
