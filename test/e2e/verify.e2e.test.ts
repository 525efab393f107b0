import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";

const commandLine = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));
const messages = 1_200;
const email = "verify@millrace.test";

let simulator: GmailSimulator;
let millrace: Millrace;
let database: pg.Client;
let accountId: string;

beforeAll(async () => {
  simulator = await startGmailSimulator({
    quotas: "off",
    seed: 41,
    latencyMs: 60,
    mailboxes: [{ email, generate: messages }],
  });
  millrace = await startMillrace(simulator.url, {
    RECONCILE_SECONDS: "2",
    RECONCILE_IDLE_SECONDS: "4",
    CLAIM_SECONDS: "4",
    RETRY_CAP_SECONDS: "1",
  });
  database = new pg.Client({ connectionString: millrace.databaseUrl });
  await database.connect();
  accountId = await millrace.client.connectAccount(email);
  const sync = await millrace.client.waitForEnd(await millrace.client.requestSync(accountId));
  expect(sync).toMatchObject({ status: "completed", ledger: { stored: messages } });
});
afterAll(async () => {
  await database?.end();
  await millrace?.stop();
  await simulator?.close();
});

interface Verified {
  readonly listed: number;
  readonly stored: number;
  readonly missing: number;
  readonly extra: number;
  readonly changed: number;
  readonly examples: Readonly<Record<"missing" | "extra" | "changed", readonly string[]>>;
  readonly repairSync: { readonly status: string; readonly ledger: object } | null;
}

/** `millrace …`, as somebody types it. */
async function run(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { url, key } = millrace.client;
  const env = { PATH: process.env.PATH, MILLRACE_URL: url, MILLRACE_KEY: key };
  const child = spawn(process.execPath, [commandLine, ...args], { env });
  const told = { stdout: "", stderr: "" };
  child.stdout.on("data", (part: Buffer) => {
    told.stdout += part;
  });
  child.stderr.on("data", (part: Buffer) => {
    told.stderr += part;
  });
  const [code] = await once(child, "close");
  return { code, ...told };
}

async function verify(...more: string[]): Promise<{ code: number | null; verified: Verified }> {
  const { code, stdout, stderr } = await run("verify", accountId, "--json", ...more);
  if (stdout === "") throw new Error(`verify ended with ${code}: ${stderr}`);
  return { code, verified: JSON.parse(stdout) };
}

async function truth(): Promise<Map<string, readonly string[]>> {
  const all = new Map<string, readonly string[]>();
  for await (const { id, labelIds } of simulator.control.truth(email)) all.set(id, labelIds);
  return all;
}

async function stored(): Promise<Map<string, readonly string[]>> {
  const { rows } = await database.query<{ id: string; labels: string[] }>(
    `select provider_id as id, label_ids as labels from messages where account_id = $1 and deleted_at is null`,
    [accountId],
  );
  return new Map(rows.map(({ id, labels }) => [id, labels]));
}

const sorted = (map: Map<string, readonly string[]>) =>
  Object.fromEntries([...map].map(([id, labels]) => [id, labels.toSorted()]).toSorted());

it("a store and its mailbox that have parted are told apart id by id, repaired, and then the same", async () => {
  expect(await verify()).toMatchObject({
    code: 0,
    verified: { listed: messages, stored: messages, missing: 0, extra: 0, changed: 0, repairSync: null },
  });

  const ids = [...(await truth()).keys()];
  const [missing, gone, changed, trashed] = [
    ids.slice(0, 7),
    ids.slice(7, 12),
    ids.slice(12, 16),
    ids.slice(16, 18),
  ];
  await database.query("delete from messages where account_id = $1 and provider_id = any($2)", [
    accountId,
    missing,
  ]);
  await simulator.control.deleteMessages(email, gone);
  const label = await simulator.control.createLabel(email, "later");
  for (const id of changed) await simulator.control.relabelMessage(email, id, { add: [label.id] });
  for (const id of trashed)
    await simulator.control.relabelMessage(email, id, { add: ["TRASH"], remove: ["INBOX"] });

  const found = await verify();
  expect(found).toMatchObject({ code: 1, verified: { missing: 7, extra: 5, changed: 6, repairSync: null } });
  expect(found.verified.examples).toEqual({
    missing: missing.toSorted(),
    extra: gone.toSorted(),
    changed: [...changed, ...trashed].toSorted(),
  });

  // The chunker dies in the middle of the next one; the command line only waits longer.
  const repairing = verify("--repair");
  await sleep(1_500);
  await millrace.services.get("chunker")?.kill();
  await millrace.start("chunker");
  const repaired = await repairing;
  expect(repaired).toMatchObject({
    code: 0,
    verified: {
      missing: 7,
      extra: 5,
      changed: 6,
      repairSync: { status: "completed", ledger: { listed: 18, gone: 5, deadLettered: 0, balanced: true } },
    },
  });
  expect(sorted(await stored())).toEqual(sorted(await truth()));
  expect(await verify()).toMatchObject({ code: 0, verified: { missing: 0, extra: 0, changed: 0 } });
  const facts = await millrace.client.events("/v1/events?type=account.verified");
  expect(facts).toHaveLength(4);
});

it("its words for people say what differs and what to do, and a wrong account is an error", async () => {
  const [id] = (await truth()).keys();
  await database.query("delete from messages where account_id = $1 and provider_id = $2", [accountId, id]);
  const { code, stdout } = await run("verify", accountId);
  expect([code, stdout]).toEqual([
    1,
    expect.stringContaining(`1 message differs; millrace verify ${accountId} --repair`),
  ]);
  expect(stdout).toContain(`  missing            1  ${id}\n`);
  const wrong = await run("verify", "acc_unknown");
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("no such account")]);
});
