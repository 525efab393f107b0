import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createProcessTable } from "./process-table.ts";
import { claimRun, type RunRecord } from "./run-record.ts";
import { type ServerProcess, startServerProcess } from "./server-process.ts";
import { supervise, type Trouble } from "./supervise.ts";
import { waitFor } from "./wait-for.ts";

const backoff = { firstMs: 20, maxMs: 80, stableMs: 60_000 };

let folder: string;
let record: RunRecord;
let stop: AbortController;
let troubles: Trouble[];
let starts: ServerProcess[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-supervise-"));
  record = await claimRun(join(folder, "run.json"));
  stop = new AbortController();
  troubles = [];
  starts = [];
});

afterEach(async () => {
  stop.abort();
  await Promise.all(starts.map((process) => process.stop("SIGKILL", 0)));
  rmSync(folder, { recursive: true, force: true });
});

function run(script: string, onSpawn?: (process: ServerProcess) => void): Promise<ServerProcess> {
  return startServerProcess({
    command: "/bin/sh",
    args: ["-c", script],
    logFile: join(folder, "log"),
    onSpawn: (process) => {
      starts.push(process);
      onSpawn?.(process);
    },
  });
}

const supervised = (start: () => Promise<{ process: ServerProcess }>) =>
  supervise({
    name: "thing",
    start,
    signal: stop.signal,
    backoff,
    onTrouble: (trouble) => troubles.push(trouble),
    onRecovered: () => undefined,
  });

test("a server that is killed is started again, and told how it ended", async () => {
  await supervised(async () => ({ process: await run("exec sleep 60") }));
  starts[0]?.signal("SIGKILL");
  await waitFor(() => starts.length === 2 || undefined, { timeoutMs: 5_000 });
  expect(starts).toHaveLength(2);
  expect(troubles).toMatchObject([{ name: "thing", exit: { signal: "SIGKILL" }, retryInMs: 20 }]);
});

test("a server that keeps dying is started ever later, up to a limit", async () => {
  await supervised(async () => ({ process: await run("exit 3") }));
  await waitFor(() => troubles.length >= 5 || undefined, { timeoutMs: 5_000 });
  expect(troubles.slice(0, 5).map(({ retryInMs }) => retryInMs)).toEqual([20, 40, 80, 80, 80]);
});

test("a restart that fails is told and tried again", async () => {
  let attempt = 0;
  await supervised(async () => {
    attempt += 1;
    if (attempt === 2) throw new Error("port taken");
    return { process: await run(attempt === 1 ? "exit 1" : "exec sleep 60") };
  });
  await waitFor(() => attempt === 3 || undefined, { timeoutMs: 5_000 });
  expect(troubles.map(({ exit }) => (exit instanceof Error ? exit.message : exit.code))).toEqual([
    1,
    "port taken",
  ]);
});

test("a first start that fails is an error, not something to repeat", async () => {
  const failing = supervised(() => Promise.reject(new Error("no such program")));
  await expect(failing).rejects.toThrow("no such program");
  expect(troubles).toEqual([]);
});

test("once stopping, a death is no reason to start again", async () => {
  await supervised(async () => ({ process: await run("exec sleep 60") }));
  stop.abort();
  starts[0]?.signal("SIGTERM");
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(starts).toHaveLength(1);
  expect(troubles).toEqual([]);
});

test("all is stopped in order, what does not listen is killed, and what comes late is killed at once", async () => {
  const table = createProcessTable(record);
  const ended: string[] = [];
  const track = (name: string, role: "service" | "nats" | "postgres", script: string) =>
    run(script, (process) => {
      table.track(name, role, process);
      void process.exited.then(() => ended.push(name));
    });
  await track("postgres", "postgres", "trap 'exit 0' INT; while :; do sleep 0.05; done");
  await track("nats", "nats", "trap 'exit 0' TERM; while :; do sleep 0.05; done");
  await track("fetcher", "service", "trap 'sleep 0.3; exit 0' TERM; while :; do sleep 0.05; done");
  await new Promise((resolve) => setTimeout(resolve, 100));
  const stopped = table.stopAll();
  const late = await track("late", "service", "trap '' TERM; exec sleep 60");
  await stopped;
  expect(ended.filter((name) => name !== "late")).toEqual(["fetcher", "nats", "postgres"]);
  expect(await late.exited).toEqual({ code: null, signal: "SIGKILL" });
});

test("a process that ignores the request to stop is killed after its grace", async () => {
  const process = await run("trap '' TERM; while :; do sleep 0.05; done");
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await process.stop("SIGTERM", 200)).toEqual({ code: null, signal: "SIGKILL" });
});
