import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { freePort, isPortFree } from "./process/free-port.ts";
import { processIdentity } from "./process/process-identity.ts";
import { waitFor } from "./process/wait-for.ts";

const timeout = 180_000;
const messages = 250;
const recordSchema = z.object({ processes: z.array(z.object({ name: z.string(), pid: z.number() })) });

let data: string;
let port: number;

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "millrace-start-"));
  port = await freePort();
});

afterAll(async () => {
  await run("reset.ts").ended;
  rmSync(data, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly output: () => { stdout: string; stderr: string };
  readonly ended: Promise<number | null>;
}

const run = (script: string, ...args: string[]): Run => runWith({}, script, ...args);

function runWith(env: NodeJS.ProcessEnv, script: string, ...args: string[]): Run {
  const child = spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...args], {
    env: {
      ...process.env,
      MILLRACE_DATA: data,
      DATABASE_URL: "",
      NATS_URL: "",
      GOOGLE_CLIENT_ID: "",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (text: Buffer) => (output.stdout += text.toString()));
  child.stderr.on("data", (text: Buffer) => (output.stderr += text.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { child, output: () => output, ended };
}

const start = (...args: string[]) =>
  run("start.ts", "--messages", String(messages), "--port", String(port), ...args);

async function revoke(key: string): Promise<void> {
  const headers = { authorization: `Bearer ${key}` };
  const keys = await fetch(`http://127.0.0.1:${port}/v1/keys`, { headers });
  const { items } = (await keys.json()) as { items: { id: string }[] };
  const url = `http://127.0.0.1:${port}/v1/keys/${items[0]?.id}`;
  const revoked = await fetch(url, { method: "DELETE", headers });
  expect([items.length, revoked.ok]).toEqual([1, true]);
}

const runningProcesses = () =>
  recordSchema.parse(JSON.parse(readFileSync(join(data, "run.json"), "utf8"))).processes;

test("the first start stores every message and says so in one line of JSON", { timeout }, async () => {
  const { ended, output } = start("--exit", "--json");
  const code = await ended;
  expect({ code, stderr: output().stderr }).toEqual({
    code: 0,
    stderr: expect.stringContaining("completed"),
  });
  const lines = output().stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toEqual({
    listed: messages,
    stored: messages,
    unchanged: 0,
    gone: 0,
    deadLettered: 0,
    seconds: expect.any(Number),
  });
  expect(existsSync(join(data, "run.json"))).toBe(false);
});

test("a second start keeps data and key; Ctrl-C, as often as it arrives, leaves no process behind", {
  timeout,
}, async () => {
  const { child, ended, output } = start();
  const serving = await waitFor(
    () => output().stdout.includes("Serving until Ctrl-C") || child.exitCode !== null || undefined,
    {
      timeoutMs: 120_000,
    },
  );
  expect(serving, JSON.stringify(output())).toBe(true);
  const processes = runningProcesses();
  expect(processes.map(({ name }) => name).sort()).toEqual([
    "chunker",
    "fetcher",
    "gmail-simulator",
    "janitor",
    "nats",
    "postgres",
    "sync-api",
  ]);
  const key = /Bearer (mr_\S+)"/.exec(output().stdout)?.[1];
  const answer = await fetch(`http://127.0.0.1:${port}/v1/accounts`, {
    headers: { authorization: `Bearer ${key}` },
  });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ items: [{ email: "demo@millrace.test" }] });

  // Nobody is let in who does not say who they are; each service has come as itself.
  const [, natsUrl = "", seedFile = ""] =
    /NATS +nats:\/\/(\S+) \(nats --nkey (\S+)\)/.exec(output().stdout) ?? [];
  await expect(connect({ servers: natsUrl })).rejects.toThrow(/Authorization Violation/);
  const authenticator = nkeyAuthenticator(readFileSync(seedFile).subarray(0, 58));
  const operator = await connect({ servers: natsUrl, authenticator });
  expect(operator.info?.auth_required).toBe(true);
  await operator.close();
  for (const name of ["sync-api", "chunker", "fetcher", "janitor"])
    expect(readFileSync(join(data, "logs", `${name}.log`), "utf8")).not.toMatch(
      /nats\.unlimited|nats\.refused/,
    );

  await revoke(key ?? "");

  const second = start();
  expect(await second.ended).toBe(2);
  expect(second.output().stderr).toContain(`already runs on this data folder (process ${child.pid})`);

  for (const signal of ["SIGINT", "SIGINT", "SIGINT"] as const) child.kill(signal);
  expect(await ended).toBe(0);
  expect(processes.filter(({ pid }) => processIdentity(pid) !== null)).toEqual([]);
  expect(existsSync(join(data, "run.json"))).toBe(false);
  expect(await isPortFree(port)).toBe(true);
});

test("a start after its key was revoked makes another one, keeps it and says so", { timeout }, async () => {
  const keyIn = () => JSON.parse(readFileSync(join(data, "secrets.json"), "utf8")).bootstrapKey as string;
  const before = keyIn();
  const { ended, output } = start("--exit");
  expect(await ended, JSON.stringify(output())).toBe(0);
  expect(output().stdout).toContain(
    "The key of the tenant demo was revoked or has ended; another one was made",
  );
  expect(keyIn()).not.toBe(before);
});

test("a ring of keys that is none is said before anything is started", { timeout }, async () => {
  const keyring = { MILLRACE_ENCRYPTION_KEYS: "k1:short" };
  const { ended, output } = runWith(keyring, "start.ts", "--port", String(port));
  expect(await ended).toBe(2);
  expect(output().stderr).toMatch(/^MILLRACE_ENCRYPTION_KEYS must be <id>:<base64 of 32 bytes>/);
  expect(output().stdout).not.toContain("ready");
});

test("a broker that does not answer is named within seconds, and Ctrl-C ends the waiting", {
  timeout,
}, async () => {
  const url = `nats://127.0.0.1:${await freePort()}`;
  const { child, ended, output } = runWith({ NATS_URL: url }, "start.ts", "--port", String(port));
  const said = () => output().stdout.includes(`Waiting for NATS at ${new URL(url).host}`) || undefined;
  expect(await waitFor(said, { timeoutMs: 20_000 }), JSON.stringify(output())).toBe(true);
  child.kill("SIGINT");
  expect(await ended).toBe(130);
});

test("what a killed start leaves is found and stopped by the next command", { timeout }, async () => {
  const { child } = start();
  const up = await waitFor(
    () => (existsSync(join(data, "run.json")) && runningProcesses().length >= 7 ? true : undefined),
    { timeoutMs: 120_000, intervalMs: 100 },
  );
  expect(up).toBe(true);
  const left = runningProcesses();
  child.kill("SIGKILL");
  const reset = run("reset.ts");
  expect(await reset.ended).toBe(0);
  expect(reset.output().stdout).toContain("postgres");
  expect(left.filter(({ pid }) => processIdentity(pid) !== null)).toEqual([]);
  expect(existsSync(data)).toBe(false);
});
