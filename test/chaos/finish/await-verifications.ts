import { pause } from "../world/pause.ts";
import type { World } from "../world/world.ts";

const pollMs = 500;
const patienceMs = 4 * 60_000;

const sql = `select id, account_id as "accountId" from verifications where status = 'running'`;

export interface RunningVerification {
  readonly id: string;
  readonly accountId: string;
}

/** Waits until every verification has ended that was asked for while faults happened. @returns those that have not */
export async function awaitVerifications(world: World, signal: AbortSignal): Promise<RunningVerification[]> {
  if (!world.capabilities.verify) return [];
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const running = await world.database.query<{ id: string; accountId: string }>(sql);
    if (running.length === 0 || Date.now() > deadline || signal.aborted) return running;
    await pause(pollMs, signal);
  }
}
