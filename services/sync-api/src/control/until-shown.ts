import { setTimeout as sleep } from "node:timers/promises";
import { readCheckpoint } from "@millrace/shared/projection/checkpoint";
import type { ApiPorts } from "../api.ts";
import { formatVersion } from "../live/version.ts";

/** How long an answer waits for the views. They are moments behind; when they are further, the version says so. */
const waitMsMax = 1_500;
const lookAgainMs = 25;

/**
 * Waits until the views tell of a fact, for a moment, so that whoever asks next sees what the wish led to.
 *
 * @param seq of the fact, which was appended just now; null: there is none
 * @returns its version, for whoever watches on; null when there is none, or nothing was ever projected
 */
export async function untilShown(
  { pool }: Pick<ApiPorts, "pool">,
  seq: number | null,
): Promise<string | null> {
  if (seq === null) return null;
  const first = await readCheckpoint(pool.ofNobody());
  if (first === null) return null;
  const { epoch } = first;
  const startedMs = performance.now();
  for (let at: typeof first | null = first; at !== null && at.epoch === epoch && at.seq < seq; ) {
    if (performance.now() - startedMs > waitMsMax) break;
    await sleep(lookAgainMs);
    at = await readCheckpoint(pool.ofNobody());
  }
  return formatVersion({ epoch, seq });
}
