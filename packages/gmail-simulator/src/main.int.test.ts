import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { SimulatorControl } from "./control/simulator-control.ts";

let child: ChildProcess | null = null;
afterEach(() => {
  child?.kill("SIGKILL");
  child = null;
});

function run(...flags: string[]): { process: ChildProcess; output: () => { out: string; err: string } } {
  const started = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), ...flags]);
  child = started;
  let [out, err] = ["", ""];
  started.stdout.on("data", (chunk) => (out += String(chunk)));
  started.stderr.on("data", (chunk) => (err += String(chunk)));
  return { process: started, output: () => ({ out, err }) };
}

test("says where it listens in one line of JSON, serves, and ends within two seconds of SIGTERM", async () => {
  const simulator = run("--generate", "a@example.com=1000000", "--quotas", "off");
  await once(simulator.process.stdout ?? simulator.process, "data");
  const ready = JSON.parse(simulator.output().out) as { event: string; url: string };
  expect(ready).toEqual({
    event: "simulator.ready",
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
  });
  const control = new SimulatorControl(ready.url);
  expect(await control.listMailboxes()).toMatchObject([{ email: "a@example.com", messagesTotal: 1_000_000 }]);
  await control.addFault({ effect: { kind: "hang", ms: 60_000 } });
  const hanging = fetch(`${ready.url}/gmail/v1/users/me/profile`).catch(() => null);
  const started = performance.now();
  simulator.process.kill("SIGTERM");
  const [code] = await once(simulator.process, "exit");
  expect(performance.now() - started).toBeLessThan(2_000);
  expect(code).toBe(0);
  await hanging;
  expect(simulator.output().out.trim().split("\n")).toHaveLength(1);
  expect(simulator.output().err).toBe("");
});

test("a million messages take no room until they are asked for", async () => {
  const simulator = run("--generate", "a@example.com=1000000", "--generate", "b@example.com=50000000");
  await once(simulator.process.stdout ?? simulator.process, "data");
  const { readFile } = await import("node:fs/promises");
  if (process.platform !== "linux") return;
  const status = await readFile(`/proc/${simulator.process.pid}/status`, "utf8");
  expect(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1])).toBeLessThan(200_000);
});

test.each([
  [["--help"], 0, "out", "--generate"],
  [["--port", "x"], 2, "err", "--port takes a number"],
  [["--maildir", "a@example.com=/nowhere/at/all"], 1, "err", "/nowhere/at/all"],
] as const)("%j exits with %i and says why", async (flags, code, stream, words) => {
  const simulator = run(...flags);
  const [exitCode] = await once(simulator.process, "close");
  expect(exitCode).toBe(code);
  expect(simulator.output()[stream]).toContain(words);
});
