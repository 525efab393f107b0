import { hash32, Random } from "@millrace/gmail-simulator/random";
import { pause } from "../world/pause.ts";
import type { World } from "../world/world.ts";
import type { ShownSync } from "./progress-mark.ts";
import { Watcher } from "./watcher.ts";

const salt = 6;
const gapMs = 150;
/** Mostly the newest; now and then an old one, which must stay as it ended. */
const newestMax = 25;
const newestShare = 0.85;

/** One client that asks for the state of one sync after the other, from any copy of the API. */
export async function pollSyncs(number: number, world: World, signal: AbortSignal): Promise<void> {
  const random = new Random(hash32(world.seed, number, salt));
  const watcher = new Watcher(`poller ${number}`, world);
  while (!signal.aborted) {
    await pause(gapMs, signal);
    const all = world.register.all();
    const some = random.chance(newestShare) ? all.slice(-newestMax) : all;
    if (some.length === 0) continue;
    const { id, accountId } = random.pick(some);
    const api = world.accounts.find((account) => account.accountId === accountId)?.api;
    const answer = await api?.call({ method: "GET", path: `/v1/syncs/${id}` }).catch(() => null);
    if (answer?.status === 200) watcher.sees(answer.body as unknown as ShownSync);
  }
}
