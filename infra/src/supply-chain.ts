import { execFile } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";

const usage = `usage: npm run supply-chain -- [options]

Writes down what Millrace is made of (a software bill of materials, CycloneDX), and asks the registry whether anything of
it has a known weakness. Of what is shipped; tools for development do not count.

  --out FILE   where the bill goes (.millrace/sbom.cdx.json)
  --json       one line on standard output: {"components":…,"advisories":{"low":…,…},"audit":"done"|"skipped"}
  --help       this text

exit code: 0 when nothing high or critical is known, 1 otherwise, 2 when the bill cannot be made. A registry that has no
advisories to ask for, or cannot be reached, is said aloud and is no failure.
`;

const root = fileURLToPath(new URL("../../", import.meta.url));
const answerBytesMax = 64 * 1024 ** 2;
const answerMsMax = 120_000;
const grave = ["high", "critical"] as const;
/** What pnpm says when the registry has no such service, or is not there. */
const noAdvisories = /ERR_PNPM_AUDIT|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|fetch failed/;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      out: { type: "string", default: join(root, ".millrace", "sbom.cdx.json") },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const out = resolve(values.out);
  mkdirSync(dirname(out), { recursive: true });
  const components = await writeBill(out);
  say(`${components} components are in ${out}`);
  const advisories = await askForAdvisories();
  say(
    advisories === null
      ? "SKIPPED: the registry has no advisories to ask for, or cannot be reached"
      : `known weaknesses: ${JSON.stringify(advisories)}`,
  );
  if (values.json) {
    const audit = advisories === null ? "skipped" : "done";
    process.stdout.write(`${JSON.stringify({ components, advisories: advisories ?? {}, audit })}\n`);
  }
  if (components === 0) return 2;
  return grave.some((severity) => (advisories?.[severity] ?? 0) > 0) ? 1 : 0;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** @returns how many components it lists */
async function writeBill(out: string): Promise<number> {
  await pnpm(["sbom", "--prod", "--sbom-format", "cyclonedx", "--sbom-type", "application", "--out", out]);
  const { components } = JSON.parse(readFileSync(out, "utf8")) as { components?: unknown[] };
  return components?.length ?? 0;
}

/** How many of each severity; null: nobody could be asked. */
async function askForAdvisories(): Promise<Readonly<Record<string, number>> | null> {
  const { stdout, stderr, failed } = await pnpm(["audit", "--prod", "--json"]).then(
    (said) => ({ ...said, failed: false }),
    (error: { stdout?: string; stderr?: string }) => ({
      stdout: error.stdout ?? "",
      stderr: error.stderr ?? "",
      failed: true,
    }),
  );
  if (failed && noAdvisories.test(`${stdout}${stderr}`)) return null;
  const { metadata } = JSON.parse(stdout) as { metadata: { vulnerabilities: Record<string, number> } };
  return metadata.vulnerabilities;
}

/** The one that installs the workspace (with-workspace.mjs). */
function pnpm(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const limits = { cwd: root, maxBuffer: answerBytesMax, timeout: answerMsMax };
  return promisify(execFile)("npx", ["--yes", "pnpm@12", ...args], limits);
}
