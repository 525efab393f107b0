import type { Millrace, RetentionRun } from "@millrace/client";
import { waitUntil } from "../api/wait-until.ts";

interface FollowOptions {
  readonly signal: AbortSignal;
  /** Called with each run that has ended, in the order in which they were asked for. */
  readonly onEnd: (run: RetentionRun) => void;
  /** Called once when none was begun for so long that it is worth a word. */
  readonly onSilence: () => void;
  readonly silenceMs?: number;
}

const runsPerPage = 200;
const silenceMsUsual = 20_000;
const hasEnded = ({ state }: RetentionRun): boolean => state !== "requested" && state !== "running";

/**
 * Looks at runs that were asked for until all of them have ended.
 *
 * @returns them as they ended, in the order in which they were asked for
 * @throws MillraceError; the signal's reason
 */
export async function followRuns(
  millrace: Millrace,
  asked: readonly RetentionRun[],
  { signal, onEnd, onSilence, silenceMs = silenceMsUsual }: FollowOptions,
): Promise<RetentionRun[]> {
  const began = performance.now();
  let [told, isSilenceTold] = [0, false];
  return waitUntil(
    async () => {
      const newest = await readRuns(millrace, asked);
      for (let next = newest[told]; next !== undefined && hasEnded(next); next = newest[told]) {
        onEnd(next);
        told += 1;
      }
      if (!isSilenceTold && performance.now() - began > silenceMs && newest.every(isWaiting)) {
        isSilenceTold = true;
        onSilence();
      }
      return told === asked.length ? newest : null;
    },
    { signal },
  );
}

const isWaiting = ({ state }: RetentionRun): boolean => state === "requested";

/** Ids sort by the time at which they were made, and lists begin with the newest: what is older is not looked at. */
async function readRuns(millrace: Millrace, asked: readonly RetentionRun[]): Promise<RetentionRun[]> {
  const newest = new Map(asked.map((run) => [run.id, run]));
  const oldest = asked.map(({ id }) => id).sort()[0] ?? "";
  for await (const run of millrace.retention.runs({ limit: runsPerPage })) {
    if (run.id < oldest) break;
    if (newest.has(run.id)) newest.set(run.id, run);
  }
  return [...newest.values()];
}
