import { waitFor } from "@millrace/infra/process/wait-for";
import type { ComposeStack } from "../compose-stack.ts";

interface Page {
  readonly items: readonly unknown[];
}

const timeoutMs = 300_000;

/** What was stored is there after all containers were removed and made anew, under the same key. */
export async function checkKept(stack: ComposeStack): Promise<string> {
  const [key, before] = [await stack.apiKey(), await accounts(stack)];
  await stack.compose(["down", "--timeout", "30"], 300_000);
  await stack.compose(["up", "--detach"]);
  const isUp = await waitFor(
    async () =>
      (await stack.containers()).some(({ service, health }) => service === "sync-api" && health === "healthy")
        ? true
        : undefined,
    { timeoutMs, intervalMs: 1_000 },
  );
  if (isUp === undefined) throw new Error("The API does not come up again.");
  if ((await stack.apiKey()) !== key) throw new Error("The key is another one.");
  const after = await accounts(stack);
  if (before === 0 || after !== before) throw new Error(`There were ${before} accounts, now ${after}.`);
  return `${after} accounts after down and up, under the same key`;
}

async function accounts(stack: ComposeStack): Promise<number> {
  return ((await stack.api("/v1/accounts")) as Page).items.length;
}
