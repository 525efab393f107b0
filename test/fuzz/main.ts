import { SimulatorControl } from "@millrace/gmail-simulator/control/simulator-control";
import { connectNats } from "@millrace/shared/nats/connect-nats";
import { createLogger } from "@millrace/shared/runtime/create-logger";
import { jetstreamManager } from "@nats-io/jetstream";
import pg from "pg";
import { type BenchStack, startBenchStack } from "../../bench/harness/bench-stack.ts";
import { startSimulator } from "../../bench/harness/start-simulator.ts";
import { MillraceClient } from "../support/millrace-client.ts";
import { UsageError } from "../support/whole-number.ts";
import { ApiState } from "./api-state.ts";
import { describeRoutes } from "./describe-routes.ts";
import { fillTenant } from "./fill-tenant.ts";
import type { CallerName } from "./make-requests.ts";
import { type FuzzOptions, parseFuzzOptions, usage } from "./options.ts";
import { type FuzzReport, type FuzzTarget, runFuzz } from "./run-fuzz.ts";
import { Sender } from "./send-request.ts";

const stopGraceMs = 10_000;
const askedSyncs = 12;
const progressEveryMs = 2_000;
/** The tenant that the stack makes. */
const tenantId = "bench";
const operatorKey = "mro_fuzz_fuzz_fuzz_fuzz";
/** So many requests reach every route, or something is wrong with the description. */
const reachingAll = 5_000;
/** What cannot succeed here: nobody pushes or consents, and of messages that could not be fetched there are no bytes. */
const unreachable = new Set([
  "POST /v1/webhooks/gmail",
  "GET /v1/oauth/google/start",
  "GET /v1/oauth/google/callback",
  "GET /v1/dead-letters/{id}/raw",
]);
const unlimited = {
  RATE_LIMIT_PER_KEY: "0",
  RATE_LIMIT_PER_ADDRESS: "0",
  RATE_LIMIT_REFUSED: "0",
  MILLRACE_OPERATOR_KEYS: operatorKey,
};

process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseFuzzOptions(args);
    if (!options.help) return await fuzz(options);
    process.stdout.write(usage);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    say(error.message);
    return 2;
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function fuzz({ requests, seed, json }: FuzzOptions): Promise<number> {
  const simulator = await startSimulator();
  const stack = await startBenchStack(simulator.url, { ...unlimited, RETRY_CAP_SECONDS: "1" });
  const database = new pg.Client(stack.databaseUrl);
  const { connection: broker } = await connectNats(stack.broker, "fuzz", createLogger("fuzz", "warn"));
  let sender: Sender | null = null;
  try {
    await database.connect();
    for (const name of ["sync-api", "chunker", "fetcher"] as const) await stack.start(name);
    sender = new Sender(stack.apiUrl());
    const state = await ApiState.of(database, await jetstreamManager(broker));
    const made = await targetOf(stack, simulator.url);
    for (const name of ["chunker", "fetcher"])
      await stack.processes.get(name)?.at(-1)?.stop("SIGTERM", stopGraceMs);
    // From here on nothing changes by itself, and syncs that are asked for stay asked for.
    const asked = await askForSyncs(new MillraceClient(stack.apiUrl(), stack.apiKey));
    const own = { ...made.world.own, syncs: [...(made.world.own.syncs ?? []), ...asked] };
    const target = { ...made, world: { ...made.world, own }, sender, state };
    const beganMs = performance.now();
    let toldMs = beganMs;
    const report = await runFuzz(target, requests, seed, (done) => {
      if (performance.now() - toldMs < progressEveryMs) return;
      toldMs = performance.now();
      say(`${done} of ${requests} requests`);
    });
    return tell(report, (performance.now() - beganMs) / 1_000, json);
  } finally {
    sender?.close();
    await database.end();
    await broker.close();
    await stack.stop();
    await simulator.stop();
  }
}

/** Syncs that nobody works on, half of them paused: so that each way to control one has something to do. */
async function askForSyncs(client: MillraceClient): Promise<string[]> {
  const asked: string[] = [];
  for (let n = 0; n < askedSyncs; n++) {
    const syncId = await client.requestSync(await client.connectAccount(`idle${n}@millrace.test`));
    if (n % 2 === 0) await client.json("POST", `/v1/syncs/${syncId}/pause`);
    asked.push(syncId);
  }
  return asked;
}

function tell(report: FuzzReport, seconds: number, json: boolean): number {
  const missed =
    report.requests < reachingAll ? [] : report.neverSucceeded.filter((name) => !unreachable.has(name));
  for (const violation of report.violations) say(violation);
  for (const name of missed) say(`no request succeeded at ${name}`);
  const line = { ...report, violations: report.violations.length, seconds: Number(seconds.toFixed(1)) };
  if (json) process.stdout.write(`${JSON.stringify(line)}\n`);
  else say(`${report.requests} requests at ${report.routes} routes, ${report.violations.length} violations`);
  return report.violations.length + missed.length === 0 ? 0 : 1;
}

/** Two tenants with a little of everything, and all kinds of callers. */
async function targetOf(
  { apiUrl, apiKey: key }: BenchStack,
  simulatorUrl: string,
): Promise<Pick<FuzzTarget, "world" | "tenantId" | "headersOf">> {
  const url = apiUrl();
  say("two tenants are being filled");
  const gmail = new SimulatorControl(simulatorUrl);
  const operator = new MillraceClient(url, operatorKey);
  await operator.json("POST", "/v1/tenants", { id: "other", name: "Other" });
  const scopes = ["read", "write", "admin"];
  const other = await operator.json<{ key: string }>("POST", "/v1/tenants/other/keys", { name: "x", scopes });
  const own = await fillTenant(new MillraceClient(url, key), gmail, tenantId);
  const others = await fillTenant(new MillraceClient(url, other.key), gmail, "other");
  const browser = await new MillraceClient(url, key).json<{ token: string }>("POST", "/v1/browser-tokens", {
    expiresInSeconds: 3_600,
  });
  const secrets: Readonly<Record<CallerName, string | null>> = {
    tenant: key,
    "other tenant": other.key,
    operator: operatorKey,
    browser: browser.token,
    nobody: null,
    "wrong key": `${key}x`,
  };
  return {
    world: { ...(await describeRoutes(url)), own, others },
    tenantId,
    headersOf: (caller) => {
      const secret = secrets[caller];
      return secret === null ? {} : { authorization: `Bearer ${secret}` };
    },
  };
}
