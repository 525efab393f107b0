import { hash32, Random } from "@millrace/gmail-simulator/random";
import { pause } from "../world/pause.ts";
import type { World } from "../world/world.ts";
import type { AcceptedSync } from "./sync-register.ts";

const salt = 5;
const gapMinMs = 700;
const gapMaxMs = 3_000;
const pausedMaxMs = 8_000;
/** Older ones have ended, most likely. */
const newestMax = 30;

type Verb = "pause" | "resume" | "cancel" | "retry";

/** Pauses, resumes, cancels and retries syncs, and has mailboxes verified, until the signal is aborted. Nothing is left paused by intent. */
export async function controlSyncs(world: World, signal: AbortSignal): Promise<void> {
  if (!world.capabilities.control) return;
  const random = new Random(hash32(world.seed, 0, salt));
  const open = new Set<Promise<void>>();
  while (!signal.aborted) {
    const newest = world.register.all().slice(-newestMax);
    if (newest.length > 0) {
      const acting = act(world, random.pick(newest), random.float(), signal).finally(() =>
        open.delete(acting),
      );
      open.add(acting);
    }
    await pause(gapMinMs + random.float() * (gapMaxMs - gapMinMs), signal);
  }
  await Promise.all(open);
}

async function act(world: World, sync: AcceptedSync, drawn: number, signal: AbortSignal): Promise<void> {
  if (drawn < 0.6) {
    await send(world, sync, "pause");
    await pause((drawn / 0.6) * pausedMaxMs, signal);
    await send(world, sync, "resume");
  } else if (drawn < 0.75) {
    await send(world, sync, "cancel");
  } else if (drawn < 0.85) {
    await verifySomewhere(world, sync);
  } else {
    world.register.reopened(sync.id);
    await send(world, sync, "retry");
  }
}

/** Verifies and repairs the account of a sync, in the middle of everything. */
async function verifySomewhere(
  { accounts, capabilities }: World,
  { accountId }: AcceptedSync,
): Promise<void> {
  if (!capabilities.verify) return;
  const api = accounts.find((account) => account.accountId === accountId)?.api;
  const path = `/v1/accounts/${accountId}/verify`;
  await api?.call({ method: "POST", path, body: { repair: true } }).catch(() => null);
}

/** What the sync is not in a state for is refused, and that is right. @returns the answer's status; 0 for none */
export async function send({ accounts }: World, sync: AcceptedSync, verb: Verb): Promise<number> {
  const api = accounts.find(({ accountId }) => accountId === sync.accountId)?.api;
  const answer = await api?.call({ method: "POST", path: `/v1/syncs/${sync.id}/${verb}` }).catch(() => null);
  return answer?.status ?? 0;
}
