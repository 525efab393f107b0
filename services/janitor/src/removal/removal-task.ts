import type { BlobStore } from "@millrace/shared/blobs/blob-store";
import type { Nats } from "@millrace/shared/nats/connect-nats";
import { purgeAccountLog, purgeAccountWork } from "@millrace/shared/nats/purge-account";
import { Keyring } from "@millrace/shared/postgres/keyring";
import { loadLeavingAccount } from "@millrace/shared/postgres/load-account";
import { openGmail } from "@millrace/shared/providers/open-gmail";
import type { Shutdown } from "@millrace/shared/runtime/shutdown";
import type { z } from "zod";
import type { janitorConfigSchema } from "../config.ts";
import type { ReconcilerPorts } from "../reconcile/reconciler-ports.ts";
import type { PeriodicTask } from "../run-periodically.ts";
import type { RemovalPorts } from "./removal-ports.ts";
import { removeAccounts } from "./remove-accounts.ts";

type Config = z.output<typeof janitorConfigSchema>;

/** The task that removes accounts. Without credentials for the provider it does what can be done without it. */
export function removalTask(
  config: Config,
  ports: ReconcilerPorts & { readonly nats: Nats; readonly blobs: Pick<BlobStore, "delete" | "has"> },
  shutdown: Shutdown,
): PeriodicTask {
  const { nats } = ports;
  const removalPorts: RemovalPorts = {
    ...ports,
    ...openProvider(config, ports, shutdown),
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

function openProvider(
  config: Config,
  { nats, pool }: Pick<ReconcilerPorts, "pool"> & { readonly nats: Nats },
  shutdown: Shutdown,
): Pick<RemovalPorts, "provider" | "loadLeaving"> {
  const { MILLRACE_ENCRYPTION_KEYS, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET } = config;
  if (
    MILLRACE_ENCRYPTION_KEYS === undefined ||
    GOOGLE_CLIENT_ID === undefined ||
    GOOGLE_CLIENT_SECRET === undefined
  )
    return { provider: null, loadLeaving: async () => null };
  const keyring = Keyring.parse(MILLRACE_ENCRYPTION_KEYS);
  const provider = openGmail(
    { ...config, MILLRACE_ENCRYPTION_KEYS, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET },
    { nats, pool, keyring, shutdown },
  );
  return { provider, loadLeaving: (ref) => loadLeavingAccount(pool, keyring, ref) };
}
