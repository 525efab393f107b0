import type { BlobStore } from "@millrace/shared/blobs/blob-store";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { Nats } from "@millrace/shared/nats/connect-nats";
import { purgeAccountLog, purgeAccountWork } from "@millrace/shared/nats/purge-account";
import { KeyringError } from "@millrace/shared/postgres/keyring";
import { type Account, loadLeavingAccount } from "@millrace/shared/postgres/load-account";
import type { z } from "zod";
import type { janitorConfigSchema } from "../config.ts";
import type { ProviderAccess } from "../open-provider.ts";
import type { ReconcilerPorts } from "../reconcile/reconciler-ports.ts";
import type { PeriodicTask } from "../run-periodically.ts";
import type { RemovalPorts } from "./removal-ports.ts";
import { removeAccounts } from "./remove-accounts.ts";

type Config = z.output<typeof janitorConfigSchema>;

/** The task that removes accounts. Without credentials for the provider it does what can be done without it. */
export function removalTask(
  config: Config,
  ports: ReconcilerPorts & { readonly nats: Nats; readonly blobs: Pick<BlobStore, "delete" | "has"> },
  access: ProviderAccess | null,
): PeriodicTask {
  const { nats } = ports;
  const removalPorts: RemovalPorts = {
    ...ports,
    provider: access?.provider ?? null,
    loadLeaving: async (ref) => (access === null ? null : loadReadable(ports, access, ref)),
    purgeWork: (ref) => purgeAccountWork(nats, ref),
    purgeLog: (ref) => purgeAccountLog(nats, ref),
    random: Math.random,
    blobGraceSeconds: config.REMOVAL_BLOB_GRACE_SECONDS,
    sweepSeconds: config.REMOVAL_SWEEP_SECONDS,
  };
  return {
    name: "removals",
    everySeconds: Math.min(config.RECONCILE_SECONDS, 5),
    lock: 7_352_190_017,
    run: async (signal) => {
      await removeAccounts(removalPorts, signal);
    },
  };
}

/** Null also for credentials that no key opens: the account is removed all the same, and its consent left. */
async function loadReadable(
  { pool, log }: Pick<ReconcilerPorts, "pool" | "log">,
  { keyring }: ProviderAccess,
  ref: AccountRef,
): Promise<Account | null> {
  try {
    return await loadLeavingAccount(pool, keyring, ref);
  } catch (error) {
    if (!(error instanceof KeyringError)) throw error;
    log.warn(
      { err: error, "account.id": ref.accountId },
      "the credentials of a leaving account cannot be opened",
    );
    return null;
  }
}
