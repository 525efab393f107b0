import type { AccountRef } from "@millrace/shared/events/subjects";
import type { Account } from "@millrace/shared/postgres/load-account";
import type { SimulatedProcess } from "../engine/simulated-process.ts";
import { credentialsOf } from "../provider/memory-provider.ts";
import type { World } from "../world.ts";

/** An account with its credentials; null when it was removed, or is being removed. */
export async function loadAccount(
  { database, plan }: World,
  process: SimulatedProcess,
  { tenantId, accountId }: AccountRef,
): Promise<Account | null> {
  const row = await database.read(process, "loads the account", ({ accounts, baselines }) => {
    const known = accounts.get(accountId);
    return known === undefined ? null : { ...known, baseline: baselines.get(accountId) ?? null };
  });
  if (row === null || row.isRemoving === true) return null;
  const { credentialsVersion, baseline } = row;
  return {
    ...{ tenantId, accountId, credentialsVersion, baseline },
    provider: "gmail",
    email: `${accountId}@simulated.test`,
    content: "full",
    attachments: "eager",
    ownGrant: null,
    runningSyncsMax: plan.runningSyncsMax,
    weight: 1,
    refreshToken: credentialsOf(credentialsVersion),
  };
}
