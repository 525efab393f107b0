import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { startTestNats, type TestNats } from "@millrace/infra/testing/test-nats";
import { idleCourse } from "@millrace/shared/events/account-course";
import { connectNats, drainNats } from "@millrace/shared/nats/connect-nats";
import { EventLog } from "@millrace/shared/nats/event-log";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStream, syncOfEvent } from "./testing/open-stream.ts";

const key = `mr_${randomBytes(20).toString("hex")}`;
const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
const readyMsMax = 50_000;

let database: TestDatabase;
let natsServer: TestNats;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  [database, natsServer] = await Promise.all([createTestDatabase(), startTestNats()]);
});
afterAll(async () => {
  for (const child of running) child.kill("SIGKILL");
  await natsServer?.stop();
  await database?.drop();
});

interface Service {
  readonly child: ChildProcess;
  readonly url: string;
  readonly lines: readonly string[];
}

const encryptionKeys = `k1:${randomBytes(32).toString("base64")}`;

function spawnService(env: Record<string, string>): ChildProcess {
  const entry = fileURLToPath(new URL("./main.ts", import.meta.url));
  const child = spawn(process.execPath, [entry], {
    env: {
      PATH: process.env.PATH ?? "",
      NATS_URL: natsServer.url,
      NATS_LOG_MIB: "64",
      DATABASE_URL: database.url,
      MILLRACE_ENCRYPTION_KEYS: encryptionKeys,
      GOOGLE_CLIENT_ID: "client",
      GOOGLE_CLIENT_SECRET: "secret",
      PORT: "0",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

async function startService(env: Record<string, string> = {}): Promise<Service> {
  const child = spawnService({ MILLRACE_BOOTSTRAP_TENANT: "demo", MILLRACE_BOOTSTRAP_KEY: key, ...env });
  const lines: string[] = [];
  child.stderr?.on("data", (data: Buffer) => lines.push(data.toString("utf8")));
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Not ready in time:\n${lines.join("\n")}`)), readyMsMax);
    child.once("exit", (code) => reject(new Error(`It ended with ${code}:\n${lines.join("\n")}`)));
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      lines.push(line);
      const { event, url: ready } = JSON.parse(line) as { event?: string; url?: string };
      if (event !== "service.ready" || ready === undefined) return;
      clearTimeout(timer);
      resolve(ready);
    });
  });
  return { child, url, lines };
}

async function post(url: string, body: object): Promise<Record<string, string>> {
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  expect(answer.ok).toBe(true);
  return (await answer.json()) as Record<string, string>;
}

test("two copies start at once on one database, a fact shows up in the stream of either, and SIGTERM ends them in order", async () => {
  const copies = await Promise.all([startService(), startService()]);
  const [first, second] = copies;
  for (const { url } of copies) expect((await fetch(`${url}/readyz`)).status).toBe(200);

  const account = { provider: "gmail", email: "a@example.com", credentials: { refreshToken: "r" } };
  const { id: accountId = "" } = await post(`${first.url}/v1/accounts`, account);
  const { syncId = "" } = await post(`${second.url}/v1/syncs`, { accountId });
  const streams = await Promise.all(
    copies.map(({ url }) => openStream(`${url}/v1/syncs/${syncId}/stream`, headers)),
  );
  await Promise.all(streams.map((stream) => stream.waitFor(1)));

  const nats = await connectNats(natsServer.url, "test", pino({ level: "silent" }));
  await new EventLog(nats, "chunker").append({
    kind: "append",
    ref: { tenantId: "demo", accountId },
    eventId: "failed",
    expectedSeq: 0,
    fact: {
      type: "sync.failed",
      syncId,
      category: "test",
      message: "for the test",
      request: null,
      course: idleCourse,
    },
  });
  await drainNats(nats.connection);
  await Promise.all(streams.map((stream) => stream.closed));
  for (const { events } of streams) {
    expect(events.map(({ event }) => event)).toEqual(["sync", "sync", "end"]);
    expect(syncOfEvent(events[1])).toMatchObject({ status: "failed", failure: { category: "test" } });
  }

  const open = await openStream(`${first.url}/v1/stream`, headers);
  for (const { child } of copies) child.kill("SIGTERM");
  const exits = await Promise.all(copies.map(({ child }) => once(child, "exit")));
  expect(exits.map(([code]) => code)).toEqual([0, 0]);
  await open.closed;
  const lines = copies.flatMap((copy) => copy.lines).join("\n");
  expect(lines).toContain('"service.stopped"');
  expect(lines).not.toMatch(/clean-up failed|unhandled|"level":"(error|fatal)"/);
  expect(lines).not.toContain(key);
});

/** How a service that cannot start ends, and its words. */
async function refusal(env: Record<string, string>): Promise<{ code: number; said: string }> {
  const child = spawnService(env);
  let said = "";
  child.stderr?.on("data", (data: Buffer) => {
    said += data.toString("utf8");
  });
  const [code] = await once(child, "exit");
  return { code, said };
}

test("a tenant without its key is a configuration error that says what to set", async () => {
  const { code, said } = await refusal({ MILLRACE_BOOTSTRAP_TENANT: "demo" });
  expect(code).toBe(78);
  expect(said).toContain("MILLRACE_BOOTSTRAP_KEY");
});

test("another encryption key under the same name is a configuration error that names it, and not a failure later", async () => {
  const { child } = await startService();
  child.kill("SIGTERM");
  await once(child, "exit");
  const wrong = `k1:${randomBytes(32).toString("base64")}`;
  const { code, said } = await refusal({ MILLRACE_ENCRYPTION_KEYS: wrong });
  expect(code).toBe(78);
  expect(said).toMatch(/^millrace sync-api: The key "k1" in MILLRACE_ENCRYPTION_KEYS is not the one/);
  expect(said).not.toContain(wrong.slice(3));
  expect(said).not.toMatch(/\bat .*\.ts/);
});
