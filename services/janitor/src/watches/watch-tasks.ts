import { loadAccount } from "@millrace/shared/postgres/load-account";
import type { z } from "zod";
import type { janitorConfigSchema } from "../config.ts";
import type { ProviderAccess } from "../open-provider.ts";
import type { ReconcilerPorts } from "../reconcile/reconciler-ports.ts";
import type { PeriodicTask } from "../run-periodically.ts";
import { findLapsedWatches } from "./find-lapsed-watches.ts";
import { renewWatches } from "./renew-watches.ts";

const everySeconds = 10;

/** The task that keeps mailboxes watched; none where push is not configured. */
export function watchTasks(
  config: z.output<typeof janitorConfigSchema>,
  ports: ReconcilerPorts,
  access: ProviderAccess | null,
): readonly PeriodicTask[] {
  if (config.GMAIL_PUBSUB_TOPIC === undefined || access === null) return [];
  const { provider, keyring } = access;
  const watchPorts = {
    ...ports,
    provider,
    loadAccount: (ref: Parameters<typeof loadAccount>[2]) => loadAccount(ports.pool, keyring, ref),
    random: Math.random,
  };
  const run = async (signal: AbortSignal): Promise<void> => {
    await findLapsedWatches(watchPorts);
    await renewWatches(watchPorts, signal);
  };
  return [{ name: "watches", everySeconds, lock: 7_352_190_008, run }];
}
