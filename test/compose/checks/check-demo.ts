import { waitFor } from "@millrace/infra/process/wait-for";
import type { ComposeStack } from "../compose-stack.ts";

const demoTimeoutMs = 300_000;

/** The profile demo's sync ends, and its ledger balances. */
export async function checkDemo(stack: ComposeStack): Promise<string> {
  const ended = await waitFor(
    async () =>
      (await stack.containers()).find(({ service, state }) => service === "demo" && state === "exited"),
    { timeoutMs: demoTimeoutMs, intervalMs: 1_000 },
  );
  const log = await stack.compose(["logs", "--no-log-prefix", "demo"], 60_000);
  if (ended === undefined) throw new Error(`The demo's sync does not end:\n${log.slice(-1_000)}`);
  if (ended.exitCode !== 0) throw new Error(`The demo ended with ${ended.exitCode}:\n${log.slice(-1_000)}`);
  const line = log.split("\n").find((text) => text.startsWith("Sync completed"));
  if (line === undefined || !log.includes("The ledger balances"))
    throw new Error(`The demo's log lacks its ledger:\n${log.slice(-1_000)}`);
  return line;
}
