import { waitFor } from "@millrace/infra/process/wait-for";
import type { ComposeStack } from "../compose-stack.ts";

const services = ["sync-api", "chunker", "fetcher", "janitor"];
const timeoutMs = 180_000;

/** The encryption keys are changed as README says, and credentials open with the new one alone. */
export async function checkRotated(stack: ComposeStack): Promise<string> {
  const setup = (option: string) => stack.compose(["run", "--rm", "setup", "setup", option]);
  const rotate = (...options: string[]) =>
    stack.compose(["run", "--rm", "maintenance", "encryption-keys", "rotate", "--json", ...options]);
  await setup("--new-encryption-key");
  await restart(stack);
  const { moved, retired } = JSON.parse(await rotate()) as { moved: number; retired: readonly string[] };
  if (!(moved > 0) || !retired.includes("k1")) throw new Error(`${moved} were moved, ${retired} are retired`);
  const said = await setup("--retire-encryption-keys");
  if (!said.includes("newest first: k2\n")) throw new Error(said);
  await restart(stack);
  await rotate("--check"); // fails when anything does not open
  await syncOnce(stack);
  return `${moved} credentials were moved to a new key, and a sync opened them with that alone`;
}

async function restart(stack: ComposeStack): Promise<void> {
  await stack.compose(["restart", ...services]);
  const healthy = await waitFor(
    async () => {
      const states = (await stack.containers()).filter(({ service }) => services.includes(service));
      return states.every(({ health }) => health === "healthy") ? true : undefined;
    },
    { timeoutMs, intervalMs: 1_000 },
  );
  if (healthy === undefined) throw new Error("The services are not healthy after a restart.");
}

async function syncOnce(stack: ComposeStack): Promise<void> {
  const { items } = (await stack.api("/v1/accounts")) as { items: readonly { id: string }[] };
  const { syncId } = (await stack.api("/v1/syncs", {
    method: "POST",
    body: { accountId: items[0]?.id, mode: "full" },
  })) as { syncId: string };
  const ended = await waitFor(
    async () => {
      const { status } = (await stack.api(`/v1/syncs/${syncId}`)) as { status: string };
      return ["completed", "partial", "failed"].includes(status) ? status : undefined;
    },
    { timeoutMs, intervalMs: 1_000 },
  );
  if (ended !== "completed") throw new Error(`The sync after the change of keys came to ${ended}`);
}
