import type { AcceptedSync } from "../load/sync-register.ts";
import { pause } from "../world/pause.ts";
import type { Account, World } from "../world/world.ts";

const retryMs = 500;
const askTimeoutMs = 30_000;

/** One last full sync of every mailbox, now that nothing changes any more. */
export async function askForFinalSyncs(world: World): Promise<AcceptedSync[]> {
  return Promise.all(world.accounts.map((account) => askForFinalSync(world, account)));
}

async function askForFinalSync({ register }: World, account: Account): Promise<AcceptedSync> {
  const { api, accountId, tenantId } = account;
  const deadline = AbortSignal.timeout(askTimeoutMs);
  for (;;) {
    const answer = await api
      .call({
        method: "POST",
        path: "/v1/syncs",
        body: { accountId, mode: "full" },
        headers: { "idempotency-key": `final-${accountId}` },
      })
      .catch(() => null);
    if (answer?.status === 202) {
      const id = String(answer.body.syncId);
      const sync: AcceptedSync = { id, tenantId, accountId, how: "http", acceptedAtMs: Date.now() };
      register.accept(sync);
      return sync;
    }
    if (deadline.aborted)
      throw new Error(`The last sync of ${account.email} is not accepted: ${answer?.status}`);
    await pause(retryMs, deadline);
  }
}
