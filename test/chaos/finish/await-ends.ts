import { isLostWithBroker, type OpenSync, unknownStatus } from "../judge/stuck-syncs.ts";
import { send } from "../load/control-syncs.ts";
import type { AcceptedSync } from "../load/sync-register.ts";
import { terminalStatuses } from "../watch/progress-mark.ts";
import { pause } from "../world/pause.ts";
import type { World } from "../world/world.ts";

export interface Ends {
  readonly waitedSeconds: number;
  /** What has not ended in time, with its last known state. */
  readonly open: readonly OpenSync[];
}

const pollMs = 250;
const resumeEveryMs = 2_000;
const sayEveryMs = 10_000;
/** After so long nothing is waited for any more but for what can come. */
const lostAfterMs = 30_000;

/** Waits until all syncs have ended, or the time is over. What a person had paused is resumed meanwhile. */
export async function awaitEnds(
  world: World,
  syncs: readonly AcceptedSync[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Ends> {
  const beganMs = Date.now();
  let resumedAtMs = 0;
  let saidAtMs = beganMs;
  let open: readonly OpenSync[] = syncs.map((sync) => ({ sync, status: unknownStatus }));
  for (;;) {
    open = await stillOpen(world, open);
    const passedMs = Date.now() - beganMs;
    const isHopeless = open.every((one) => isLostWithBroker(one, world.notes.wipes));
    if (
      (isHopeless && (open.length === 0 || passedMs > lostAfterMs)) ||
      passedMs > timeoutMs ||
      signal.aborted
    )
      return { open, waitedSeconds: passedMs / 1_000 };
    if (Date.now() - resumedAtMs > resumeEveryMs) {
      resumedAtMs = Date.now();
      await Promise.all(
        open.filter(({ status }) => status === "paused").map(({ sync }) => send(world, sync, "resume")),
      );
    }
    if (Date.now() - saidAtMs > sayEveryMs) {
      saidAtMs = Date.now();
      world.notes.say(`   ${open.length} syncs still open after ${Math.round(passedMs / 1_000)} s`);
    }
    await pause(pollMs, signal);
  }
}

async function stillOpen({ database }: World, open: readonly OpenSync[]): Promise<OpenSync[]> {
  const rows = await database.query<{ id: string; status: string }>(
    "select id, status from syncs where id = any($1)",
    [open.map(({ sync }) => sync.id)],
  );
  const statuses = new Map(rows.map(({ id, status }) => [id, status]));
  return open
    .map(({ sync }) => ({ sync, status: statuses.get(sync.id) ?? unknownStatus }))
    .filter(({ status }) => !terminalStatuses.has(status));
}
