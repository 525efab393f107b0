import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { serviceSpec } from "@millrace/infra/start/service-spec";
import { permissionsOf } from "@millrace/shared/nats/permissions";
import { serviceRights } from "@millrace/shared/nats/service-rights";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { publishPlainly } from "../support/plain-nats.ts";
import { type Millrace, type ServiceName, serviceNames, startMillrace } from "../support/start-millrace.ts";

let simulator: GmailSimulator;
let millrace: Millrace;
let accountId = "";

beforeAll(async () => {
  simulator = await startGmailSimulator({
    quotas: "off",
    mailboxes: [{ email: "one@millrace.test", generate: 120 }],
  });
  millrace = await startMillrace(simulator.url);
  accountId = await millrace.client.connectAccount("one@millrace.test");
});
afterAll(async () => {
  await millrace?.stop({ isRefusalMeant: true });
  await simulator?.close();
});

/** Starts a service's process that is expected to end by itself. */
async function startRefused(
  name: ServiceName,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly said: string }> {
  const { entry } = serviceSpec(name);
  const child = spawn(process.execPath, [entry], {
    env: {
      PATH: process.env.PATH,
      NATS_URL: millrace.nats.url,
      NATS_LOG_MIB: "256",
      DATABASE_URL: millrace.databaseUrl,
      MILLRACE_ENCRYPTION_KEYS: `k:${randomBytes(32).toString("base64")}`,
      GOOGLE_CLIENT_ID: "client",
      GOOGLE_CLIENT_SECRET: "secret",
      PORT: "0",
      ...env,
    },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (said += part));
  const overdue = setTimeout(() => child.kill("SIGKILL"), 30_000);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearTimeout(overdue);
  return { code, said };
}

function startExample(tenantId: string, id: string): Promise<{ code: number | null; said: string }> {
  const file = fileURLToPath(new URL("../../examples/src/request-sync.ts", import.meta.url));
  const { url, seedFile } = millrace.shop;
  const options = ["--nats", url, "--nkey", seedFile, "--user", "shop", "--id", id];
  const child = spawn(process.execPath, [file, tenantId, accountId, ...options]);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (said += part));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, said })));
}

describe("another service with its own user", () => {
  it("asks for a sync of its tenant, is told that it was taken, and the mail is there", async () => {
    const { code, said } = await startExample("demo", "order-1");
    expect({ code, said }).toEqual({
      code: 0,
      said: expect.stringMatching(/^\{"stream":"REQUESTS","seq":\d+\}\n$/),
    });
    const list = () =>
      millrace.client.json<{ items: { status: string; ledger: object }[] }>("GET", "/v1/syncs?limit=10");
    const { items } = await millrace.client.waitFor(
      list,
      ({ items: [sync] }) => sync?.status === "completed",
    );
    expect(items[0]?.ledger).toMatchObject({ listed: 120, stored: 120, balanced: true });
  });

  it("cannot ask for one of another tenant", async () => {
    const { code, said } = await startExample("other", "order-2");
    expect(code).toBe(1);
    expect(said).toMatch(/Permissions Violation for Publish to "sync\.requests\.other\./);
  });

  it.each(["evt.demo.acc_1.sync", "work.live.demo.acc_1.syn_1", "$JS.API.STREAM.PURGE.EVENTS"])(
    "cannot publish to %s with the plainest of clients",
    async (subject) => {
      await expect(publishPlainly(millrace.shop, subject, "{}")).rejects.toThrow(/Permissions Violation/);
    },
  );
});

describe("a service refuses to start, with an exit code and a sentence,", () => {
  it.each(serviceNames)("as %s without a user", async (name) => {
    const { code, said } = await startRefused(name, {});
    expect(code).toBe(77);
    expect(said).toContain(
      `millrace ${name}: The NATS server does not let this user in. Set NATS_NKEY_SEED_FILE`,
    );
    expect(said).not.toContain("service.ready");
  });

  it.each(serviceNames)("as %s with the user of another service", async (name) => {
    const other = name === "janitor" ? "fetcher" : "janitor";
    const { code, said } = await startRefused(name, {
      NATS_NKEY_SEED_FILE: millrace.nats.users.seedFile(other),
    });
    expect(code).toBe(77);
    expect(said).toMatch(new RegExp(`millrace ${name}: The NATS user of ${name} .*lacks`));
    expect(said).not.toContain("service.ready");
  });

  it("with a password in its address, which stands nowhere in its log", async () => {
    const { port } = new URL(millrace.nats.url);
    const NATS_URL = `nats://ann:hunter2@127.0.0.1:${port}`;
    const { code, said } = await startRefused("chunker", { NATS_URL, LOG_LEVEL: "trace" });
    expect(code).toBe(77);
    expect(said).not.toContain("hunter2");
  });

  it("with all that is wrong with its configuration at once", async () => {
    const { code, said } = await startRefused("chunker", {
      NATS_URL: "amqp://x",
      NATS_USER: "ann",
      NATS_TLS_CA_FILE: "/nowhere",
      DATABASE_URL: "",
    });
    expect(code).toBe(78);
    for (const name of ["NATS_URL", "NATS_PASSWORD", "NATS_TLS_CA_FILE", "DATABASE_URL"])
      expect(said).toContain(name);
  });
});

describe("in a Millrace that has run", () => {
  it("no service was refused anything", async () => {
    const syncId = await millrace.client.requestSync(accountId, { mode: "full" });
    expect(await millrace.client.waitForEnd(syncId)).toMatchObject({ status: "completed" });
    for (const [name, { logFile }] of millrace.services)
      expect(readFileSync(logFile, "utf8"), name).not.toMatch(/nats\.refused|nats\.unlimited|Violation/);
  });

  it("a service whose permission is taken away ends and says which one it is; with it the work goes on", async () => {
    const { accountsFile } = millrace.nats.users;
    const before = readFileSync(accountsFile, "utf8");
    const [taken = ""] = permissionsOf("fetcher", serviceRights.fetcher).publish.allow.filter((subject) =>
      subject.startsWith("$JS.API.CONSUMER.MSG.NEXT.WORK.fetcher-live"),
    );
    writeFileSync(accountsFile, before.replace(`          ${JSON.stringify(taken)}\n`, ""));
    await millrace.nats.reload();
    // Its first claim takes a pull that was begun before; the next pull is refused.
    const syncId = await millrace.client.requestSync(accountId, { mode: "full" });
    const fetcher = millrace.services.get("fetcher");
    const said = () => readFileSync(fetcher?.logFile ?? "", "utf8");
    for (let tries = 0; tries < 600 && !said().includes("service.stopped"); tries++) await sleep(100);
    expect(said()).toContain(`publish to "${taken}": allow it`);
    expect(said()).toContain("service.stopped");
    writeFileSync(accountsFile, before);
    await millrace.nats.reload();
    await millrace.start("fetcher");
    expect(await millrace.client.waitForEnd(syncId)).toMatchObject({
      status: "completed",
      ledger: { balanced: true },
    });
  });
});
