import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { processIdentity } from "./process-identity.ts";
import { waitFor } from "./wait-for.ts";

const watchdogModule = new URL("watchdog.ts", import.meta.url).href;

/** A process that starts a server, has it watched over, prints its pid and then waits. */
const owner = `
  const { spawn } = await import("node:child_process");
  const { startWatchdog } = await import(${JSON.stringify(watchdogModule)});
  const watchdog = startWatchdog("KILL", [process.argv[1]]);
  const server = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
  watchdog.guard(server.pid);
  if (process.argv[2] === "release") watchdog.release(server.pid);
  if (process.argv[2] === "dismiss") { watchdog.dismiss(); server.unref(); }
  console.log(server.pid);
  if (process.argv[2] !== "dismiss") setInterval(() => {}, 1000);
`;

async function startOwner(mode: "watch" | "release" | "dismiss") {
  const folder = mkdtempSync(join(tmpdir(), "millrace-watched-"));
  const child = spawn(process.execPath, ["--input-type=module", "--eval", owner, folder, mode], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await new Promise<string[]>((resolve) => {
    child.stdout.once("data", (data: Buffer) => resolve(data.toString().split("\n")));
  });
  return { child, folder, serverPid: Number(line) };
}

test("when its owner is killed, the server ends and its folder goes", async () => {
  const { child, folder, serverPid } = await startOwner("watch");
  expect(processIdentity(serverPid)).not.toBeNull();
  child.kill("SIGKILL");
  const gone = await waitFor(
    () => (processIdentity(serverPid) === null && !existsSync(folder)) || undefined,
    {
      timeoutMs: 15_000,
    },
  );
  expect(gone).toBe(true);
});

test("a released process is left alone when its owner is killed, and the folder goes all the same", async () => {
  const { child, folder, serverPid } = await startOwner("release");
  child.kill("SIGKILL");
  const gone = await waitFor(() => !existsSync(folder) || undefined, { timeoutMs: 15_000 });
  expect(gone).toBe(true);
  expect(processIdentity(serverPid)).not.toBeNull();
  process.kill(serverPid, "SIGKILL");
});

test("a dismissed watchdog touches nothing", async () => {
  const { child, folder, serverPid } = await startOwner("dismiss");
  await new Promise((resolve) => child.once("exit", resolve));
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(processIdentity(serverPid)).not.toBeNull();
  expect(existsSync(folder)).toBe(true);
  process.kill(serverPid, "SIGKILL");
  rmSync(folder, { recursive: true });
});
