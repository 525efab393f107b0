import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { unpackDebianPackage } from "../debian/unpack-debian-package.ts";
import { readLogTail } from "../process/read-log.ts";
import { type ServerProcess, startServerProcess } from "../process/server-process.ts";
import { waitFor } from "../process/wait-for.ts";
import { startWatchdog } from "../process/watchdog.ts";
import { type Docker, dockerWith } from "./docker.ts";

const run = promisify(execFile);
const startTimeoutMs = 60_000;
const stopGraceMs = 30_000;
const plugins = ["docker-compose", "docker-buildx"] as const;

export interface OpenDocker extends Docker {
  /** Ends what was started for it, and removes what that has left. */
  close(): Promise<void>;
}

/**
 * The machine's Docker, or, where none answers and we are root on a Debian (a container of a CI, say), one of our own:
 * its daemon keeps everything in a temporary folder, and is gone afterwards.
 *
 * @throws Error that says what is missing and what to do
 */
export async function openDocker(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<OpenDocker> {
  const given = dockerWith(env, env.MILLRACE_PRIVATE_DOCKER === "true");
  const problem = await problemOf(given, ["info"]);
  if (problem === null) {
    const missing = await problemOf(given, ["compose", "version"]);
    if (missing === null) return { ...given, close: async () => {} };
    throw new Error(
      `Docker answers, but its compose plugin does not: install docker-compose-plugin.\n${missing}`,
    );
  }
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) {
    throw new Error(
      `Docker with its compose plugin is needed: ${problem}\nInstall and start it, or set DOCKER_HOST.`,
    );
  }
  await installEngine(env, say);
  return startPrivate(env, say);
}

/** Why a command of Docker's fails; null when it does not. */
async function problemOf(docker: Docker, command: readonly string[]): Promise<string | null> {
  try {
    await docker.run(command, { timeoutMs: 20_000 });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A CI may change its machine; anybody else is told what to install. */
async function installEngine(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<void> {
  const missing = (await Promise.all([isThere("dockerd"), isThere("debootstrap")])).includes(false);
  if (!missing) return;
  const install = "apt-get install --no-install-recommends docker.io debootstrap iptables";
  if (!env.CI) throw new Error(`No Docker answers. To have one of our own for this run: ${install}`);
  say("Installing Docker's engine …");
  const options = { timeout: 300_000, env: { ...env, DEBIAN_FRONTEND: "noninteractive" } };
  await run("apt-get", ["-q", "update"], options);
  await run("apt-get", ["-q", "-y", ...install.split(" ").slice(1)], options);
}

const isThere = (program: string): Promise<boolean> =>
  run("sh", ["-c", `command -v ${program}`]).then(
    () => true,
    () => false,
  );

async function startPrivate(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<OpenDocker> {
  // Not below a long TMPDIR: the path of a socket has a hundred characters at most.
  const folder = mkdtempSync("/tmp/millrace-docker-");
  const path = (name: string): string => join(folder, name);
  // It may be that of a Docker which only does not answer: then it is not ours to take away.
  const hadBridge = existsSync("/sys/class/net/docker0");
  try {
    await installPlugins(path("config"));
    const host = `unix://${path("docker.sock")}`;
    const daemon = await startServerProcess({
      command: "dockerd",
      args: [
        "--data-root",
        path("data"),
        "--exec-root",
        path("exec"),
        "--pidfile",
        path("pid"),
        "--host",
        host,
      ],
      logFile: path("dockerd.log"),
    });
    const ours = {
      ...env,
      DOCKER_HOST: host,
      DOCKER_CONFIG: path("config"),
      MILLRACE_PRIVATE_DOCKER: "true",
      // Its image may not be to be had, and everything goes with the daemon anyway.
      TESTCONTAINERS_RYUK_DISABLED: "true",
      ...(await buildEnv()),
    };
    const docker = dockerWith(ours, true);
    // Should we be killed, it must not outlive us.
    const watchdog = startWatchdog("TERM", []);
    watchdog.guard(daemon.pid);
    const close = async (): Promise<void> => {
      await closePrivate(docker, daemon, folder);
      if (!hadBridge) await removeBridge();
      watchdog.dismiss();
    };
    await untilReady(docker, daemon).catch(async (error: unknown) => {
      await close();
      throw error;
    });
    say(`Started a Docker of our own in ${folder}`);
    return { ...docker, close };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Builds reach the registry of packages that this machine reaches, the way it does. */
async function buildEnv(): Promise<NodeJS.ProcessEnv> {
  const { stdout } = await run("npm", ["config", "get", "registry"], { timeout: 60_000 });
  // Compose's newer way to build asks a person whether a build may use the machine's network.
  return { NPM_CONFIG_REGISTRY: stdout.trim(), DOCKER_BUILD_NETWORK: "host", COMPOSE_BAKE: "false" };
}

async function installPlugins(config: string): Promise<void> {
  const folder = join(config, "cli-plugins");
  mkdirSync(folder, { recursive: true });
  for (const name of plugins) {
    const unpacked = join(config, "unpacked");
    await unpackDebianPackage(name, unpacked);
    cpSync(join(unpacked, "usr/libexec/docker/cli-plugins", name), join(folder, name));
    rmSync(unpacked, { recursive: true, force: true });
  }
}

async function untilReady(docker: Docker, daemon: ServerProcess): Promise<void> {
  const ready = await waitFor(
    async () => (daemon.exit() !== null || (await problemOf(docker, ["info"])) === null ? true : undefined),
    { timeoutMs: startTimeoutMs, intervalMs: 500 },
  );
  if (ready !== true || daemon.exit() !== null)
    throw new Error(`dockerd does not start:\n${readLogTail(daemon.logFile, 5)}`);
}

async function closePrivate(docker: Docker, daemon: ServerProcess, folder: string): Promise<void> {
  const containers = (await docker.run(["ps", "--all", "--quiet"]).catch(() => ""))
    .split("\n")
    .filter(Boolean);
  if (containers.length > 0)
    await docker.run(["rm", "--force", "--volumes", ...containers]).catch(() => undefined);
  await docker.run(["network", "prune", "--force"]).catch(() => undefined);
  await daemon.stop("SIGTERM", stopGraceMs);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/** The daemon leaves its bridge and its chains of the packet filter behind. */
async function removeBridge(): Promise<void> {
  const quietly = (command: string): Promise<unknown> => run("sh", ["-c", command]).catch(() => undefined);
  await quietly("ip link delete docker0");
  for (const table of ["filter", "nat"]) {
    await quietly(`iptables-save -t ${table} | grep -vi docker | iptables-restore`);
  }
}
