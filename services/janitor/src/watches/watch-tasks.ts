import type { Nats } from "@millrace/shared/nats/connect-nats";
import { Keyring } from "@millrace/shared/postgres/keyring";
import { loadAccount } from "@millrace/shared/postgres/load-account";
import { openGmail } from "@millrace/shared/providers/open-gmail";
import type { Shutdown } from "@millrace/shared/runtime/shutdown";
import type { z } from "zod";
import type { janitorConfigSchema } from "../config.ts";
import type { ReconcilerPorts } from "../reconcile/reconciler-ports.ts";
import type { PeriodicTask } from "../run-periodically.ts";
import { findLapsedWatches } from "./find-lapsed-watches.ts";
import { renewWatches } from "./renew-watches.ts";

const everySeconds = 10;

/** The task that keeps mailboxes watched; none where push is not configured. */
export function watchTasks(
  config: z.output<typeof janitorConfigSchema>,
  ports: ReconcilerPorts & { readonly nats: Nats },
  shutdown: Shutdown,
): readonly PeriodicTask[] {
  const { GMAIL_PUBSUB_TOPIC, MILLRACE_ENCRYPTION_KEYS, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET } = config;
  if (
    GMAIL_PUBSUB_TOPIC === undefined ||
    MILLRACE_ENCRYPTION_KEYS === undefined ||
    GOOGLE_CLIENT_ID === undefined ||
    GOOGLE_CLIENT_SECRET === undefined
  )
    return [];
  const { nats, pool } = ports;
  const keyring = Keyring.parse(MILLRACE_ENCRYPTION_KEYS);
  const provider = openGmail(
    { ...config, MILLRACE_ENCRYPTION_KEYS, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET },
    { nats, pool, keyring, shutdown },
  );
  const watchPorts = {
    ...ports,
    provider,
    loadAccount: (ref: Parameters<typeof loadAccount>[2]) => loadAccount(pool, keyring, ref),
    random: Math.random,
  };
  const run = async (signal: AbortSignal): Promise<void> => {
    await findLapsedWatches(watchPorts);
    await renewWatches(watchPorts, signal);
  };
  return [{ name: "watches", everySeconds, lock: 7_352_190_008, run }];
}
