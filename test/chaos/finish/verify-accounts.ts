import type { AcceptedSync } from "../load/sync-register.ts";
import { pause } from "../world/pause.ts";
import type { Account, World } from "../world/world.ts";

const retryMs = 500;
const patienceMs = 4 * 60_000;

/** What a verification found, in numbers. */
export interface Verified {
  readonly account: Account;
  /** null: it did not complete in time. */
  readonly found: { readonly missing: number; readonly extra: number; readonly changed: number } | null;
  /** What it answered last. */
  readonly answer: unknown;
  readonly repair: AcceptedSync | null;
}

/** Has every account verified and repaired; the repairs run when this settles. */
export async function verifyAccounts(world: World, signal: AbortSignal): Promise<Verified[]> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  return Promise.all(world.accounts.map((account) => verify(world, account, deadline)));
}

async function verify({ register }: World, account: Account, signal: AbortSignal): Promise<Verified> {
  const { api, accountId, tenantId } = account;
  let answer: unknown = null;
  const ask = async (method: "GET" | "POST", path: string, body?: unknown) => {
    const got = await api.call({ method, path, body }).catch(() => null);
    answer = got ?? answer;
    return got;
  };
  let id: string | null = null;
  while (!signal.aborted) {
    if (id === null) {
      const accepted = await ask("POST", `/v1/accounts/${accountId}/verify`, { repair: true });
      if (accepted?.status === 202) id = String(accepted.body.verificationId);
    } else {
      const shown = await ask("GET", `/v1/accounts/${accountId}/verifications/${id}`);
      const { status, missing, extra, changed, repairSyncId } = shown?.body ?? {};
      if (status === "failed") break;
      if (status === "completed") {
        const repair: AcceptedSync | null =
          typeof repairSyncId === "string"
            ? { id: repairSyncId, tenantId, accountId, how: "http", acceptedAtMs: Date.now() }
            : null;
        if (repair) register.accept(repair);
        const found = { missing: Number(missing), extra: Number(extra), changed: Number(changed) };
        return { account, found, answer, repair };
      }
    }
    await pause(retryMs, signal);
  }
  return { account, found: null, answer, repair: null };
}
