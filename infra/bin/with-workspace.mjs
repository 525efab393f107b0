#!/usr/bin/env node
// node infra/bin/with-workspace.mjs SCRIPT [ARGUMENT…]
//
// Runs a script of the workspace on a machine that has nothing but Node 20 and npm: installs the workspace when
// it is missing or out of date, then hands over to the workspace's own Node, so that every script runs on the
// same runtime whatever the machine has. It is plain JavaScript and needs no package, because it comes first.
// Everything it says goes to standard error: standard output belongs to the script.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const nodeMajorMin = 20;
const installTries = 2;
const lockWaitMs = 10 * 60_000;
const lockPollMs = 250;

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const modules = join(root, "node_modules");
const bin = join(modules, ".bin");
const stampFile = join(modules, ".millrace-install");

const [script, ...scriptArguments] = process.argv.slice(2);
checkMachine();
const child = { process: null };
forwardSignals();
if (!isInstalled()) await underLock(installUnlessDone);
run();

function checkMachine() {
  if (!script) fail("usage: node infra/bin/with-workspace.mjs SCRIPT [ARGUMENT…]");
  if (process.platform === "win32") fail("Millrace runs on Linux and macOS; on Windows use WSL 2.");
  if (Number(process.versions.node.split(".")[0]) < nodeMajorMin) {
    fail(`Millrace needs Node ${nodeMajorMin} or newer to start; this is Node ${process.versions.node}.`);
  }
}

/** Hands over: same terminal, same arguments, the script's own end as ours. */
function run() {
  const env = {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`,
    // What Node has compiled it finds there the next time, which halves the start of each process.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(modules, ".cache", "node-compile"),
    MILLRACE_PARENT_PID: String(process.pid),
  };
  const started = spawn(join(bin, "node"), [join(root, script), ...scriptArguments], {
    stdio: "inherit",
    env,
  });
  child.process = started;
  started.once("error", (error) => fail(`${join(bin, "node")} cannot be started: ${error.message}`));
  started.once("exit", (code, signal) => {
    process.exit(signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1));
  });
}

/**
 * A Ctrl-C reaches the whole foreground group, and npm sends it once more. It is the script that stops in order
 * (and that takes signals in quick succession as one), so this process only passes on and waits.
 */
function forwardSignals() {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      if (child.process) child.process.kill(signal);
      else process.exit(128 + constants.signals[signal]);
    });
  }
}

function isInstalled() {
  return (
    existsSync(join(bin, "node")) &&
    existsSync(stampFile) &&
    readFileSync(stampFile, "utf8") === fingerprint()
  );
}

/** What an installation depends on: the lock file, every manifest, and the platform that it was made for. */
function fingerprint() {
  const folders = ["services", "packages"].flatMap((parent) =>
    existsSync(join(root, parent)) ? readdirSync(join(root, parent)).map((name) => join(parent, name)) : [],
  );
  const manifests = ["", "infra", "test", "bench", ...folders.sort()].map((folder) =>
    join(folder, "package.json"),
  );
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`);
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests]) {
    if (existsSync(join(root, file))) hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

async function installUnlessDone() {
  if (isInstalled()) return;
  const began = Date.now();
  say(
    existsSync(modules) ? "Bringing the dependencies up to date …" : "Installing the dependencies (once) …",
  );
  for (let attempt = 1; ; attempt += 1) {
    const { code, problems } = await pnpmInstall();
    if (code === 0) break;
    if (attempt < installTries && !problems.some((line) => line.includes("OUTDATED_LOCKFILE"))) continue;
    fail(`The installation failed:\n${problems.join("\n") || `pnpm exited with code ${code}`}`);
  }
  writeFileSync(stampFile, fingerprint());
  say(`Dependencies ready (${((Date.now() - began) / 1_000).toFixed(1)} s)`);
}

/** Runs pnpm, which reports one JSON object a line; warnings about engines are left out, errors are kept. */
function pnpmInstall() {
  const args = [
    "--yes",
    "pnpm@12",
    "install",
    "--frozen-lockfile",
    "--reporter=ndjson",
    "--config.confirmModulesPurge=false",
  ];
  const env = {
    ...process.env,
    npm_config_confirm_modules_purge: "false",
    npm_config_update_notifier: "false",
    npm_config_loglevel: "error", // the project's .npmrc silences npm
  };
  const started = spawn("npx", args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  child.process = started;
  const problems = [];
  const counts = { resolved: 0, imported: 0 };
  for (const stream of [started.stdout, started.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      const event = parseEvent(line);
      if (!event) {
        if (!/^npm (warn|notice)/i.test(line) && line.trim()) problems.push(line);
      } else if (event.level === "error") {
        problems.push(`${event.code ?? ""} ${event.message ?? event.err?.message ?? line}`.trim());
      } else if (event.name === "pnpm:progress" && event.status in counts) {
        counts[event.status] += 1;
        showProgress(`  ${counts.imported} of ${counts.resolved} packages`);
      }
    });
  }
  return new Promise((resolve) => {
    const done = (code, signal) => {
      showProgress("");
      child.process = null;
      if (signal || code > 128) process.exit(signal ? 128 + constants.signals[signal] : code);
      resolve({ code, problems: problems.slice(-20) });
    };
    started.once("error", (error) => {
      problems.push(`npx cannot be started (it comes with npm): ${error.message}`);
      done(1, null);
    });
    started.once("close", done);
  });
}

function parseEvent(line) {
  try {
    const event = JSON.parse(line);
    return typeof event === "object" ? event : null;
  } catch {
    return null;
  }
}

/**
 * Two scripts started at once must not install into the same folder. The lock is a file that names its owner; one
 * whose owner is gone is taken over. It lives outside of node_modules, which an installation may replace.
 */
async function underLock(action) {
  const lock = join(
    tmpdir(),
    `millrace-install-${createHash("sha256").update(root).digest("hex").slice(0, 16)}.lock`,
  );
  const deadline = Date.now() + lockWaitMs;
  for (let told = false; !takeLock(lock); told = true) {
    if (!told) say("Waiting for another installation of this checkout …");
    if (Date.now() > deadline) fail(`The installation that holds ${lock} does not end.`);
    await sleep(lockPollMs);
  }
  const release = () => rmSync(lock, { force: true });
  process.once("exit", release);
  await action();
  release();
  process.removeListener("exit", release);
}

function takeLock(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  if (!isAbandoned(lock)) return false;
  // Of several that find it abandoned, a rename succeeds for one; the lock is then open to whoever comes first.
  const aside = `${lock}.${process.pid}`;
  try {
    renameSync(lock, aside);
    if (!isAbandoned(aside)) renameSync(aside, lock);
    else rmSync(aside, { force: true });
  } catch {
    // Somebody else took it aside.
  }
  return false;
}

function isAbandoned(lock) {
  try {
    const owner = Number(readFileSync(lock, "utf8"));
    if (!owner) return false;
    process.kill(owner, 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}

function showProgress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${text}`);
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
