import { listingItemSchema } from "@millrace/shared/events/work-item";
import { chooseStep, kindOf } from "@millrace/shared/runtime/choose-step";
import { reject } from "@millrace/shared/runtime/outcome";
import type { ChunkerPorts } from "./chunker-ports.ts";
import { createListPage } from "./list-page.ts";
import { createProbeMailbox } from "./probe-mailbox.ts";
import { createVerifyAccount } from "./verify-account.ts";

/** Everything on `WORK` that asks the provider for ids, each kind with its step. */
export function createClaimListing(ports: ChunkerPorts) {
  const kinds = {
    list: kindOf(createListPage(ports)),
    probe: kindOf(createProbeMailbox(ports)),
    verify: kindOf(createVerifyAccount(ports)),
  } as const;
  return chooseStep("claim-listing", ({ subject, body }) => {
    const item = listingItemSchema.safeParse(parseJson(body));
    return item.success
      ? kinds[item.data.kind]
      : () => ({ ok: false, outcome: reject(`not a listing: ${subject}`) });
  });
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
