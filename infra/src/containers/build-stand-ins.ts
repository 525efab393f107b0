import { execFile } from "node:child_process";
import {
  cpSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { rootCertificates } from "node:tls";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { resolveNatsServer } from "../nats/resolve-nats-server.ts";
import { packagedPostgres } from "../postgres/postgres-binaries.ts";
import { cacheFolder } from "../process/cache-folder.ts";
import { resolvePrometheus } from "../prometheus/resolve-prometheus.ts";
import type { Docker } from "./docker.ts";

const run = promisify(execFile);
const recipes = fileURLToPath(new URL("../../containers/stand-ins/", import.meta.url));
/** busybox for the wget of Alpine's images, Postgres' client for pg_isready. */
const packages = "busybox-static,postgresql-client-15";

/** The images that compose.yaml and the tests pull, and how to make something that behaves like them. */
export const images = {
  debian: "debian:bookworm-slim",
  node: "node:24-bookworm-slim",
  nats: "nats:2.12-alpine",
  postgres: "postgres:18-bookworm",
  prometheus: "prom/prometheus:v3.5.0",
} as const;

/**
 * Makes images of the names that compose.yaml pulls, from packages of Debian and npm: for machines that reach those
 * but no registry of images. Only ever in a daemon of our own, so that nobody takes them for the real ones.
 */
export async function buildStandIns(docker: Docker, say: (line: string) => void): Promise<void> {
  if (!docker.isPrivate) throw new Error("Stand-ins of images are made in a Docker of our own only.");
  const work = mkdtempSync(join(tmpdir(), "millrace-stand-ins-"));
  try {
    say("No registry of images can be reached: making stand-ins from packages of Debian and npm …");
    await docker.run(["import", "-", images.debian], { input: createReadStream(await debianTree(say)) });
    await build(docker, work, "node", await nodeFiles());
    await build(docker, work, "nats", { "nats-server": (await resolveNatsServer({ say })).file });
    await build(docker, work, "postgres", {
      native: packagedPostgres().folder,
      "postgres-entrypoint.sh": join(recipes, "postgres-entrypoint.sh"),
    });
    const prometheus = await resolvePrometheus("prometheus", say);
    if (prometheus === null) throw new Error("The stand-in of Prometheus needs its package of Debian.");
    await build(docker, work, "prometheus", { prometheus });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Debian's smallest tree as an archive, made once a machine. */
async function debianTree(say: (line: string) => void): Promise<string> {
  const folder = join(cacheFolder(), "stand-ins");
  const archive = join(folder, "debian-bookworm.tar");
  if (existsSync(archive)) return archive;
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), "millrace-debootstrap-"));
  try {
    say("  Debian (a minute or two, the first time)");
    const tree = join(work, "tree");
    const args = ["--variant=minbase", `--include=${packages}`, "bookworm", tree];
    await run("debootstrap", args, { timeout: 600_000, maxBuffer: 2 ** 26 });
    for (const unneeded of [
      "var/cache/apt/archives",
      "var/lib/apt/lists",
      "usr/share/doc",
      "usr/share/locale",
    ])
      rmSync(join(tree, unneeded), { recursive: true, force: true });
    await run("tar", ["-C", tree, "-cf", join(work, "tree.tar"), "."], { timeout: 120_000 });
    cpSync(join(work, "tree.tar"), `${archive}.next`);
    renameSync(`${archive}.next`, archive);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return archive;
}

/** Files of a build, by the name that they have there; what has no path is text. */
type BuildFiles = Readonly<Record<string, string | { readonly text: string }>>;

async function nodeFiles(): Promise<BuildFiles> {
  const { stdout } = await run("sh", ["-c", "command -v npm"]);
  const npm = dirname(dirname(realpathSync(stdout.trim())));
  const extra = process.env.NODE_EXTRA_CA_CERTS;
  const authorities = extra ? readFileSync(extra, "utf8") : rootCertificates.join("\n");
  return { node: process.execPath, npm, "ca.pem": { text: authorities } };
}

async function build(
  docker: Docker,
  work: string,
  name: "node" | "nats" | "postgres" | "prometheus",
  files: BuildFiles,
): Promise<void> {
  const folder = join(work, name);
  mkdirSync(folder);
  for (const [target, source] of Object.entries(files)) {
    if (typeof source === "string")
      cpSync(source, join(folder, target), { recursive: true, verbatimSymlinks: true });
    else writeFileSync(join(folder, target), source.text);
  }
  const recipe = join(recipes, `${name}.Dockerfile`);
  await docker.run(["build", "--quiet", "--file", recipe, "--tag", images[name], folder], {
    timeoutMs: 300_000,
  });
}
