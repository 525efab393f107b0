import { readFileSync } from "node:fs";
import { makeFollowers } from "../nats/make-followers.ts";
import { outsiderOf } from "../start/demo-outsider.ts";
import { describeDemo, isProven } from "../start/describe-demo.ts";
import { runDemo } from "../start/run-demo.ts";

/**
 * A sync of the simulator's mailbox, shown to its end, and the consumer through which the demo's other service follows.
 *
 * @param env MILLRACE_URL, MILLRACE_KEY_FILE, DEMO_MAILBOX; NATS_URL, NATS_TLS_CA_FILE, NATS_OPERATOR_SEED_FILE
 * @returns the exit code: 0 when the ledger balances
 */
export async function runDemoSync(env: NodeJS.ProcessEnv): Promise<number> {
  const { MILLRACE_URL: url, MILLRACE_KEY_FILE: keyFile, DEMO_MAILBOX: email } = env;
  if (!url || !keyFile || !email) throw new Error("Set MILLRACE_URL, MILLRACE_KEY_FILE and DEMO_MAILBOX.");
  await makeFollower(env);
  const stop = new AbortController();
  process.once("SIGTERM", () => stop.abort());
  const demo = await runDemo({
    access: { url, key: readFileSync(keyFile, "utf8").trim() },
    email,
    content: "full",
    output: process.stdout,
    signal: stop.signal,
  });
  process.stdout.write(`${describeDemo(demo)}\n`);
  return isProven(demo) ? 0 : 1;
}

async function makeFollower(env: NodeJS.ProcessEnv): Promise<void> {
  const { NATS_URL: url, NATS_OPERATOR_SEED_FILE: seedFile, NATS_TLS_CA_FILE: caFile } = env;
  if (!url || !seedFile) throw new Error("Set NATS_URL and NATS_OPERATOR_SEED_FILE.");
  const outsider = outsiderOf(env.MILLRACE_BOOTSTRAP_TENANT || "demo");
  await makeFollowers(url, { outsiders: [outsider], seedFile: () => seedFile }, caFile);
}
