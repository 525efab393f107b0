import { openDocker } from "@millrace/infra/containers/open-docker";
import { provideImages } from "@millrace/infra/containers/provide-images";
import { checkCommandLine } from "./checks/check-command-line.ts";
import { checkDemo } from "./checks/check-demo.ts";
import { checkKept } from "./checks/check-kept.ts";
import { checkLocked } from "./checks/check-locked.ts";
import { checkRotated } from "./checks/check-rotated.ts";
import { checkScaled } from "./checks/check-scaled.ts";
import { checkTraced } from "./checks/check-traced.ts";
import { checkWatched } from "./checks/check-watched.ts";
import { ComposeStack } from "./compose-stack.ts";

const usage = `usage: npm run compose-test -- [options]

Starts compose.yaml as it stands, in a project of its own on free ports, watches the demo's sync to its end, and looks at
what README promises of containers. Everything is removed afterwards. Takes a Docker, or makes itself one (see
npm run with-docker -- --help).

  --messages N   of the demo's mailbox (500)
  --keep         leaves the containers running
  --json         one line of JSON on standard output
  --help         this text

exit code: 0 when every check held, 1 when one did not, 2 when it could not be run
`;

const checks = {
  demo: checkDemo,
  traced: checkTraced,
  watched: checkWatched,
  "locked down": checkLocked,
  "four fetchers": checkScaled,
  "command line": checkCommandLine,
  "new encryption key": checkRotated,
  "kept data": checkKept,
} as const;

process.exit(await main(process.argv.slice(2)));

interface CheckResult {
  readonly name: string;
  readonly isHolding: boolean;
  readonly detail: string;
  readonly seconds: number;
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    process.stdout.write(usage);
    return 0;
  }
  const messages = args.includes("--messages") ? args[args.indexOf("--messages") + 1] : "500";
  const env = { ...process.env, DEMO_MESSAGES: messages };
  try {
    const docker = await openDocker(env, say);
    try {
      await provideImages(docker, say);
      const stack = await ComposeStack.create(docker, docker.env, ["test/compose/recording-collector.yaml"]);
      const results = await run(stack, args.includes("--keep"));
      const failed = results.filter(({ isHolding }) => !isHolding).length;
      if (args.includes("--json")) process.stdout.write(`${JSON.stringify({ failed, results })}\n`);
      return failed === 0 ? 0 : 1;
    } finally {
      await docker.close();
    }
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return 2;
  }
}

/** One check after the other; what follows a failed one would fail for its reasons. */
async function run(stack: ComposeStack, isKept: boolean): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  try {
    results.push(await attempt("build and start", () => start(stack)));
    for (const [name, check] of Object.entries(checks)) {
      if (results.some(({ isHolding }) => !isHolding)) break;
      results.push(await attempt(name, () => check(stack)));
    }
    if (results.some(({ isHolding }) => !isHolding)) await tellLogs(stack);
  } finally {
    if (!isKept) results.push(await attempt("removed", () => remove(stack)));
  }
  return results;
}

async function start(stack: ComposeStack): Promise<string> {
  await stack.compose(["build", "--quiet", "setup"]);
  await stack.compose(["up", "--detach", "otel-collector", "prometheus"]);
  await stack.compose(["up", "--detach", "demo"]);
  return "the image is built, every part is healthy";
}

async function remove(stack: ComposeStack): Promise<string> {
  await stack.remove();
  const left = await Promise.all(
    [
      ["ps", "--all"],
      ["volume", "ls"],
      ["network", "ls"],
    ].map((command) =>
      stack.docker.run([
        ...command,
        "--quiet",
        "--filter",
        `label=com.docker.compose.project=${stack.project}`,
      ]),
    ),
  );
  if (left.join("").trim() !== "") throw new Error(`Something is left: ${left.join(" ")}`);
  return "no container, volume or network is left";
}

async function attempt(name: string, check: () => Promise<string>): Promise<CheckResult> {
  const began = performance.now();
  const [isHolding, detail] = await check().then(
    (text) => [true, text] as const,
    (error: unknown) => [false, error instanceof Error ? error.message : String(error)] as const,
  );
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  say(`${isHolding ? "✓" : "✗"} ${name} (${seconds} s): ${detail}`);
  return { name, isHolding, detail, seconds };
}

async function tellLogs(stack: ComposeStack): Promise<void> {
  say(await stack.compose(["ps", "--all"], 60_000).catch(String));
  say(await stack.compose(["logs", "--no-color", "--tail", "6"], 60_000).catch(String));
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
