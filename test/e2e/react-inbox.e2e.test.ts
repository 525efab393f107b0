import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { createMillrace, type Sync } from "@millrace/client";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";

const email = "demo@millrace.test";
const folder = fileURLToPath(new URL("../../examples/react-inbox", import.meta.url));

let simulator: GmailSimulator;
let millrace: Millrace;
let port: number;
let app: ChildProcess;

beforeAll(async () => {
  simulator = await startGmailSimulator({ quotas: "off", seed: 5 });
  for (const address of [email, "other@millrace.test"])
    await simulator.control.createMailbox({ email: address, generate: 2_000 });
  millrace = await startMillrace(simulator.url);
  await millrace.client.connectAccount(email);
  port = await freePort();
  app = await startApp();
});
afterAll(async () => {
  app?.kill();
  await millrace?.stop();
  await simulator?.close();
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function startApp(): Promise<ChildProcess> {
  const { url, key } = millrace.client;
  const env = { PATH: process.env.PATH, VITE_MILLRACE_URL: url, MILLRACE_KEY: key, PORT: String(port) };
  const child = spawn(process.execPath, ["server.ts"], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

async function ask(
  method: string,
  path: string,
): Promise<{ status: number; answer: Record<string, string> }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
  return { status: response.status, answer: (await response.json()) as Record<string, string> };
}

/** What a page does that has just been opened: asks which sync to show, and watches it with tokens of the app's server. */
async function openPage(until: (sync: Sync) => boolean): Promise<Sync | null> {
  const { answer } = await ask("GET", "/api/mailbox");
  const syncId = answer.syncId ?? "";
  const key = async () => (await ask("POST", `/api/token?sync=${syncId}`)).answer.token ?? "";
  let last: Sync | null = null;
  for await (const sync of createMillrace({ baseUrl: millrace.client.url, key }).watchSync(syncId)) {
    last = sync;
    if (until(sync)) break;
  }
  return last;
}

test("the page and all that it imports are served", async () => {
  const page = await fetch(`http://127.0.0.1:${port}/`);
  expect(await page.text()).toContain('src="/src/main.tsx"');
  for (const path of ["/src/main.tsx", "/src/inbox.tsx"]) {
    const script = await fetch(`http://127.0.0.1:${port}${path}`);
    expect([path, script.status, script.headers.get("content-type")]).toEqual([path, 200, "text/javascript"]);
  }
});

test("whoever closes the tab, while app and API are restarted, comes back to the right progress", async () => {
  const started = await ask("POST", "/api/sync");
  const before = await openPage(({ progress }) => progress.settled >= 300);
  app.kill();
  await millrace.services.get("sync-api")?.kill();
  await millrace.start("sync-api");
  app = await startApp();
  const first = await openPage(() => true);
  expect(first?.id).toBe(started.answer.syncId);
  expect(first?.progress.settled).toBeGreaterThanOrEqual(before?.progress.settled ?? 0);
  const last = await openPage(() => false);
  expect(last).toMatchObject({
    id: started.answer.syncId,
    status: "completed",
    progress: { settled: 2_000 },
  });
});

test("nobody gets a token for a sync of another mailbox", async () => {
  const other = await millrace.client.requestSync(
    await millrace.client.connectAccount("other@millrace.test"),
  );
  expect(await ask("POST", `/api/token?sync=${other}`)).toEqual({
    status: 403,
    answer: { error: "This is a sync of another mailbox." },
  });
});
