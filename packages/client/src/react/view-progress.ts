import { handledOf } from "../progress/handled-of.ts";
import { missingMessagesOf } from "../progress/missing-messages.ts";
import { type TimeLeft, timeLeft } from "../progress/time-left.ts";
import { toldAtMs } from "../progress/told-at-ms.ts";
import { totalOf } from "../progress/total-of.ts";
import { hasEnded, type Sync } from "../resources.ts";
import type { ProgressMessages } from "./progress-messages.ts";
import type { SyncView } from "./sync-source.ts";

/** What a colour may say as well: busy is under way, waiting needs nobody, attention needs somebody. */
export type ProgressTone = "busy" | "waiting" | "attention" | "done" | "failed";

/** A sync as a person sees it. */
export interface ProgressView {
  readonly status: Sync["status"] | "loading" | "unwatchable";
  readonly tone: ProgressTone;
  /** From 0 to 1; null: how much there is nobody knows. 1 only when it is complete. */
  readonly fraction: number | null;
  readonly title: string;
  /** How many, of how many, and how long it takes. */
  readonly detail: string | null;
  /** What to do, or that nothing has to be done. */
  readonly hint: string | null;
}

/** What is left to the very end, so that a bar is not full before the sync is. */
const fractionMax = 0.99;

/** @param nowMs milliseconds since 1970: what was told of the time left ages */
export function viewProgress(
  { sync, state, error }: SyncView,
  messages: ProgressMessages,
  nowMs = Date.now(),
): ProgressView {
  if (sync === null) {
    if (state === "failed" && error !== null)
      return { ...nothing, status: "unwatchable", tone: "failed", title: messages.unwatchable(error) };
    const hint = state === "interrupted" ? messages.interrupted : null;
    return { ...nothing, status: "loading", tone: "waiting", title: messages.loading, hint };
  }
  const left = timeLeft(sync, { toldAtMs: toldAtMs(sync), nowMs, isLive: state === "live" });
  return {
    status: sync.status,
    tone: left.kind === "still" ? "waiting" : toneOf(sync),
    fraction: fractionOf(sync),
    title: messages.status[sync.status],
    detail: detailOf(sync, left, messages),
    hint: hintOf(sync, { sync, state, error }, messages),
  };
}

const nothing = { fraction: null, detail: null, hint: null } as const;

function toneOf({ status, trouble }: Sync): ProgressTone {
  switch (status) {
    case "running":
      return trouble === null ? "busy" : "waiting";
    case "requested":
    case "queued":
      return "waiting";
    case "paused":
    case "partial":
      return "attention";
    case "completed":
    case "coalesced":
      return "done";
    case "failed":
    case "cancelled":
      return "failed";
  }
}

function fractionOf(sync: Sync): number | null {
  if (sync.status === "completed" || sync.status === "partial") return 1;
  if (sync.status === "requested" || sync.status === "queued" || sync.status === "coalesced") return null;
  const { total } = totalOf(sync);
  if (total === null || total === 0) return null;
  return Math.min(handledOf(sync.progress) / total, fractionMax);
}

function detailOf(sync: Sync, left: TimeLeft, messages: ProgressMessages): string | null {
  if (sync.status === "requested" || sync.status === "queued" || sync.status === "coalesced") return null;
  const settled = handledOf(sync.progress);
  const { total, isEstimate } = totalOf(sync);
  // Before anything is listed, nothing is not a result.
  const isCounting = total === 0 && !hasEnded(sync);
  const count = messages.count({ settled, total: isCounting ? null : total, isEstimate });
  switch (left.kind) {
    case "left":
      return `${count}, ${messages.timeLeft(left.seconds)}`;
    case "still":
      return `${count}, ${messages.stillFor(left.seconds)}`;
    default:
      return count;
  }
}

function hintOf(sync: Sync, { state, error }: SyncView, messages: ProgressMessages): string | null {
  if (state === "interrupted") return messages.interrupted;
  if (state === "failed" && error !== null) return messages.unwatchable(error);
  switch (sync.status) {
    case "queued":
      return messages.queuedHint;
    case "running":
      return sync.trouble === null ? null : messages.troubleHint(sync.trouble, missingMessagesOf(sync));
    case "paused":
      return sync.paused === null ? null : messages.pausedHint(sync.paused);
    case "partial":
      return messages.partialHint(sync.progress.deadLettered);
    case "failed":
      return messages.failedHint(sync.failure);
    case "cancelled":
      return messages.cancelledHint;
    case "coalesced":
      return messages.coalescedHint;
    default:
      return null;
  }
}
