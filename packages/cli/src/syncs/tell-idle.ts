import { isNobodyWorking, type Millrace } from "@millrace/client";
import { leftOf, type ProgressView } from "./progress-view.ts";

const lookEveryMs = 15_000;

export interface IdleTeller {
  /** What is shown of the watched sync now. */
  see(view: ProgressView, nowMs: number): void;
}

/**
 * Tells of a sync that is still that nobody works, once until it moves again, where the overview's numbers say so. A look that
 * fails tells nothing.
 */
export function tellIdle(millrace: Millrace, tell: (text: string) => void): IdleTeller {
  let [isTold, isLooking, lookedAtMs] = [false, false, -lookEveryMs];
  const look = async (stillSeconds: number): Promise<void> => {
    const overview = await millrace.overview().catch(() => null);
    isLooking = false;
    if (overview === null || isTold || !isNobodyWorking(overview, stillSeconds)) return;
    isTold = true;
    tell(
      "No worker takes chunks: none of any sync was settled for a minute, and none fails. It goes on when a fetcher runs.",
    );
  };
  return {
    see: (view, nowMs) => {
      const left = leftOf(view, nowMs);
      if (left.kind !== "still") isTold = false;
      if (left.kind !== "still" || isTold || isLooking || nowMs - lookedAtMs < lookEveryMs) return;
      [isLooking, lookedAtMs] = [true, nowMs];
      void look(left.seconds);
    },
  };
}
