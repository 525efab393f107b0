import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { waitFor } from "./process/wait-for.ts";

const wrapper = fileURLToPath(new URL("../bin/with-workspace.mjs", import.meta.url));

let folder: string;

/** A checkout whose installation is a script of ours: the real one needs the network and is run by every CI. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-wrapper-"));
  mkdirSync(join(folder, "infra/bin"), { recursive: true });
  mkdirSync(join(folder, "path"));
  copyFileSync(wrapper, join(folder, "infra/bin/with-workspace.mjs"));
  writeFileSync(join(folder, "package.json"), '{"name":"fixture"}');
  writeFileSync(join(folder, "pnpm-lock.yaml"), "lockfileVersion: 9\n");
  installs(`mkdir -p node_modules/.bin && ln -sf ${process.execPath} node_modules/.bin/node`);
  script("console.log(JSON.stringify(process.argv.slice(2)));");
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function installs(commands: string): void {
  const file = join(folder, "path/npx");
  writeFileSync(
    file,
    `#!/bin/sh\necho "$@" >> installs.log\nsleep 0.2\necho '{"level":"warn","message":"Unsupported engine"}' >&2\n${commands}\n`,
  );
  chmodSync(file, 0o755);
}

function script(text: string): void {
  writeFileSync(join(folder, "script.mjs"), text);
}

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, [join(folder, "infra/bin/with-workspace.mjs"), ...args], {
    env: { ...process.env, PATH: `${join(folder, "path")}:${process.env.PATH}`, TMPDIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (text: Buffer) => (output.stdout += text.toString()));
  child.stderr.on("data", (text: Buffer) => (output.stderr += text.toString()));
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.once("close", (code) => resolve({ code, ...output }));
  });
  return { child, ended };
}

const installCount = () => readFileSync(join(folder, "installs.log"), "utf8").trim().split("\n").length;

test("a fresh checkout is installed once, however many scripts start at once, and standard output stays the script's", async () => {
  const runs = await Promise.all([1, 2, 3].map((n) => run("script.mjs", `--number=${n}`, "a b").ended));
  expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(runs.map(({ stdout }) => stdout)).toEqual([1, 2, 3].map((n) => `["--number=${n}","a b"]\n`));
  expect(runs.map(({ stderr }) => stderr).join("")).not.toContain("Unsupported engine");
  expect(installCount()).toBe(1);
  await run("script.mjs").ended;
  expect(installCount()).toBe(1);
});

test("a changed manifest, a changed lock file and a missing runtime each bring the workspace up to date", async () => {
  await run("script.mjs").ended;
  mkdirSync(join(folder, "services/new"), { recursive: true });
  writeFileSync(join(folder, "services/new/package.json"), "{}");
  await run("script.mjs").ended;
  expect(installCount()).toBe(2);
  writeFileSync(join(folder, "pnpm-lock.yaml"), "lockfileVersion: 9 # changed\n");
  await run("script.mjs").ended;
  expect(installCount()).toBe(3);
  rmSync(join(folder, "node_modules/.bin/node"));
  await run("script.mjs").ended;
  expect(installCount()).toBe(4);
});

test("an installation that fails says why, runs nothing and leaves no stamp", async () => {
  installs(`echo '{"level":"error","code":"ERR_X","message":"no such version"}' >&2; exit 1`);
  const { code, stdout, stderr } = await run("script.mjs").ended;
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain("ERR_X no such version");
  expect(existsSync(join(folder, "node_modules/.millrace-install"))).toBe(false);
});

test("the lock of an installation that was killed is taken over", async () => {
  installs("touch began; exec sleep 3");
  const first = run("script.mjs");
  expect(await waitFor(() => existsSync(join(folder, "began")) || undefined, { timeoutMs: 20_000 })).toBe(
    true,
  );
  first.child.kill("SIGKILL");
  await first.ended;
  installs(`mkdir -p node_modules/.bin && ln -sf ${process.execPath} node_modules/.bin/node`);
  expect((await run("script.mjs").ended).code).toBe(0);
});

test("exit codes and signals pass through: the script decides how it ends", async () => {
  script("process.exit(7);");
  expect((await run("script.mjs").ended).code).toBe(7);
  script(`
    process.on("SIGTERM", () => { console.log("stopped in order"); process.exit(0); });
    console.log("up");
    setInterval(() => {}, 1000);
  `);
  const { child, ended } = run("script.mjs");
  child.stdout?.once("data", () => child.kill("SIGTERM"));
  expect(await ended).toMatchObject({ code: 0, stdout: "up\nstopped in order\n" });
  script(`process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000);`);
  expect((await run("script.mjs").ended).code).toBe(137);
});

test("Node finds what it has compiled the next time, unless somebody keeps that elsewhere", async () => {
  script("console.log(process.env.NODE_COMPILE_CACHE);");
  vi.stubEnv("NODE_COMPILE_CACHE", undefined);
  const own = join(folder, "node_modules/.cache/node-compile");
  expect((await run("script.mjs").ended).stdout).toBe(`${own}\n`);
  expect(readdirSync(own)).not.toEqual([]);
  vi.stubEnv("NODE_COMPILE_CACHE", join(folder, "elsewhere"));
  expect((await run("script.mjs").ended).stdout).toBe(`${join(folder, "elsewhere")}\n`);
});
