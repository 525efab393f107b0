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
/** Not even for one that gets on. */
const longestMs = 30 * 60_000;
/** After so long nothing is waited for any more but for what can come. */
const lostAfterMs = 30_000;

/**
 * Waits until all syncs have ended, or none of them has got on for so long: a slow one is not a stuck one. What a
 * person had paused is resumed meanwhile.
 */
export async function awaitEnds(
  world: World,
  syncs: readonly AcceptedSync[],
  patienceMs: number,
  signal: AbortSignal,
): Promise<Ends> {
  const beganMs = Date.now();
  let seenBefore = "";
  let movedAtMs = beganMs;
  let resumedAtMs = 0;
  let saidAtMs = beganMs;
  let open: readonly OpenSync[] = syncs.map((sync) => ({ sync, status: unknownStatus }));
  for (;;) {
    const found = await lookAgain(world, open);
    open = found;
    const passedMs = Date.now() - beganMs;
    const seen = found.map(({ sync, mark }) => `${sync.id} ${mark}`).join();
    if (seen !== seenBefore) movedAtMs = Date.now();
    seenBefore = seen;
    const isHopeless = open.every((one) => isLostWithBroker(one, world.notes.wipes));
    if (
      (isHopeless && (open.length === 0 || passedMs > lostAfterMs)) ||
      Date.now() - movedAtMs > patienceMs ||
      passedMs > longestMs ||
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

interface Sight extends OpenSync {
  /** Changes whenever the sync gets on. */
  readonly mark: string;
}

async function lookAgain({ database }: World, open: readonly OpenSync[]): Promise<Sight[]> {
  const rows = await database.query<{ id: string; status: string; mark: string }>(
    "select id, status, concat_ws(' ', listed, settled) as mark from syncs where id = any($1)",
    [open.map(({ sync }) => sync.id)],
  );
  const sights = new Map(rows.map((row) => [row.id, row]));
  return open
    .map(({ sync }) => {
      const { status = unknownStatus, mark = "" } = sights.get(sync.id) ?? {};
      return { sync, status, mark };
    })
    .filter(({ status }) => !terminalStatuses.has(status));
}
