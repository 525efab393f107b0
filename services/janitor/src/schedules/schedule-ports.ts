import type { AccountRef } from "@millrace/shared/events/subjects";
import { createAccountLoader, type LoadAccount } from "@millrace/shared/postgres/load-account";
import type { MailProvider } from "@millrace/shared/providers/mail-provider";
import type { z } from "zod";
import type { janitorConfigSchema } from "../config.ts";
import type { ProviderAccess } from "../open-provider.ts";
import type { ReconcilerPorts } from "../reconcile/reconciler-ports.ts";
import type { SchedulePorts } from "./run-due-schedules.ts";

/** What schedules are kept with. Without the provider's credentials each poll is a sync. */
export function schedulePorts(
  config: z.output<typeof janitorConfigSchema>,
  ports: ReconcilerPorts,
  access: ProviderAccess | null,
): SchedulePorts {
  const base: SchedulePorts = {
    ...ports,
    random: Math.random,
    limits: {
      minSeconds: config.POLL_MIN_SECONDS,
      idleSeconds: config.POLL_IDLE_SECONDS,
      idlePushSeconds: config.POLL_IDLE_PUSH_SECONDS,
    },
  };
  if (access === null) return base;
  const { provider, keyring } = access;
  const load = createAccountLoader(ports.pool, keyring);
  return { ...base, hasChanged: (ref, since, signal) => hasChanged(provider, load, ref, since, signal) };
}

/** Asks for the first page of changes. Any fault is null: a sync meets it too, and knows what to do. */
export async function hasChanged(
  provider: MailProvider,
  load: LoadAccount,
  ref: AccountRef,
  since: string,
  signal: AbortSignal,
): Promise<boolean | null> {
  const account = await load(ref);
  if (account === null) return null;
  const listed = await provider.connect(account).listChanges({ since }, signal);
  if (!listed.ok) return null;
  return listed.value.changes.length > 0 || listed.value.nextPageToken !== null;
}
