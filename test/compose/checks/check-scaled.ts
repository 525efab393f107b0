import { waitFor } from "@millrace/infra/process/wait-for";
import { type ComposeStack, callJson } from "../compose-stack.ts";

const copies = 4;
const messages = 1_500;
const timeoutMs = 300_000;
const email = "scaled@millrace.test";

interface Sync {
  readonly status: string;
  readonly ledger: { readonly listed: number; readonly stored: number; readonly balanced: boolean };
}

/** Four fetchers share a sync, one of them is killed meanwhile: all of it arrives, and the dead one is back. */
export async function checkScaled(stack: ComposeStack): Promise<string> {
  await stack.compose(["up", "--detach", "--no-recreate", "--scale", `fetcher=${copies}`]);
  await untilHealthy(stack);
  await callJson(`${stack.simulatorUrl}/control/mailboxes`, null, {
    method: "POST",
    body: { email, generate: messages },
  });
  const credentials = { refreshToken: `sim-refresh-${email}` };
  const account = (await stack.api("/v1/accounts", {
    method: "POST",
    body: { provider: "gmail", email, credentials },
  })) as { id: string };
  const { syncId } = (await stack.api("/v1/syncs", {
    method: "POST",
    body: { accountId: account.id },
  })) as { syncId: string };
  await killOne(stack);
  const sync = await waitFor(
    async () => {
      // A machine that is busy may leave a look without an answer.
      const found = (await stack.api(`/v1/syncs/${syncId}`).catch(() => null)) as Sync | null;
      if (found === null) return undefined;
      return ["completed", "partial", "failed", "cancelled"].includes(found.status) ? found : undefined;
    },
    { timeoutMs, intervalMs: 1_000 },
  );
  if (sync?.status !== "completed" || !sync.ledger.balanced || sync.ledger.stored !== messages)
    throw new Error(`The sync of ${messages} messages came to ${JSON.stringify(sync)}`);
  await untilHealthy(stack);
  return `${copies} fetchers, one killed: ${sync.ledger.stored} of ${messages} messages, ${copies} fetchers again`;
}

async function untilHealthy(stack: ComposeStack): Promise<void> {
  const healthy = async (): Promise<number> =>
    (await stack.containers()).filter(({ service, health }) => service === "fetcher" && health === "healthy")
      .length;
  const all = await waitFor(async () => ((await healthy()) === copies ? true : undefined), {
    timeoutMs,
    intervalMs: 1_000,
  });
  if (all === undefined) throw new Error(`${await healthy()} of ${copies} fetchers are healthy.`);
}

/** As the kernel would, when memory runs out: not as `docker kill`, after which Docker starts nothing anew. */
async function killOne(stack: ComposeStack): Promise<void> {
  const [one] = (await stack.containers()).filter(({ service }) => service === "fetcher");
  if (one === undefined) throw new Error("There is no fetcher.");
  const pid = Number((await stack.docker.run(["inspect", "--format", "{{.State.Pid}}", one.id])).trim());
  if (!(pid > 1)) throw new Error("The fetcher has no process.");
  process.kill(pid, "SIGKILL");
}
