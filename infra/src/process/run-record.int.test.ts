import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { processIdentity } from "./process-identity.ts";
import { AlreadyRunningError, claimRun } from "./run-record.ts";

let folder: string;
let file: string;
const started: number[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-run-"));
  file = join(folder, "run.json");
});

afterEach(() => {
  for (const pid of started.splice(0)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // Gone already, as it should be.
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

function sleeper(): number {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  if (!child.pid) throw new Error("sleep did not start");
  started.push(child.pid);
  return child.pid;
}

function writeRecord(owner: object, processes: object[]): void {
  writeFileSync(file, JSON.stringify({ owner, processes }));
}

const deadOwner = { pid: 999_999_999, identity: "long gone" };

test("what a killed run left is stopped and named", async () => {
  const pid = sleeper();
  writeRecord(deadOwner, [{ name: "fetcher", role: "service", pid, identity: processIdentity(pid) }]);
  const named: string[] = [];
  const record = await claimRun(file, (found) => named.push(...found.map(({ name }) => name)));
  expect(named).toEqual(["fetcher"]);
  expect(processIdentity(pid)).toBeNull();
  record.release();
  expect(existsSync(file)).toBe(false);
});

test("a stranger that got a noted pid is never touched", async () => {
  const pid = sleeper();
  writeRecord(deadOwner, [
    { name: "fetcher", role: "service", pid, identity: "another start time" },
    { name: "chunker", role: "service", pid, identity: "" },
  ]);
  const record = await claimRun(file);
  expect(processIdentity(pid)).not.toBeNull();
  record.release();
});

test("a second start on the same data folder is refused, and names the first", async () => {
  const pid = sleeper();
  writeRecord({ pid, identity: processIdentity(pid) }, []);
  await expect(claimRun(file)).rejects.toThrow(AlreadyRunningError);
  await expect(claimRun(file)).rejects.toThrow(String(pid));
  expect(processIdentity(pid)).not.toBeNull();
});

test("of many that claim at once, one gets the folder", async () => {
  writeRecord(deadOwner, []);
  const claims = await Promise.allSettled(Array.from({ length: 5 }, () => claimRun(file)));
  expect(claims.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test("every process is noted from its start to its end, and a damaged record blocks nothing", async () => {
  writeFileSync(file, "{ half a rec");
  const record = await claimRun(file);
  const pid = sleeper();
  record.add("nats", "nats", pid);
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
    owner: { pid: process.pid },
    processes: [{ name: "nats", role: "nats", pid, identity: processIdentity(pid) }],
  });
  record.remove(pid);
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ processes: [] });
});
