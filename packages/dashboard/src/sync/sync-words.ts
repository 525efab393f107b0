import { handledOf, type Sync, type SyncStatus, type TimeLeft, totalOf } from "@millrace/client";
import { count, duration, percent, plural } from "../format/numbers.ts";
import type { Tone } from "../ui/controls.tsx";

export const statuses: readonly SyncStatus[] = [
  "requested",
  "queued",
  "running",
  "paused",
  "completed",
  "partial",
  "failed",
  "cancelled",
  "coalesced",
];

const tones: Record<SyncStatus, Tone> = {
  requested: "idle",
  queued: "idle",
  running: "active",
  paused: "warn",
  completed: "good",
  partial: "warn",
  failed: "bad",
  cancelled: "idle",
  coalesced: "idle",
};
export const toneOf = (status: SyncStatus): Tone => tones[status];

const modes = { full: "Full sync", incremental: "Changes" } as const;
/** What kind of sync it is; before that is decided, what was asked for. */
export const modeOf = ({ mode, requestedMode }: Sync): string =>
  mode !== null ? modes[mode] : requestedMode === "full" ? modes.full : "Sync";

const triggers: Record<string, string> = {
  api: "asked for over the API",
  event: "asked for by a service",
  schedule: "by its schedule",
  push: "by a push of the provider",
  reconciler: "by the janitor",
};
export const triggerOf = ({ trigger }: Sync): string | null =>
  trigger === null ? null : (triggers[trigger] ?? trigger);

export const categories: Record<string, string> = {
  rate_limited: "Rate limited",
  transient: "Temporary fault",
  token_expired: "Token expired",
  consent_lost: "Consent lost",
  gone: "Gone",
  watermark_expired: "Watermark expired",
  bad_item: "Bad message",
  unknown: "Unknown fault",
  crash_loop: "Crash loop",
};
export const categoryOf = (category: string): string => categories[category] ?? category.replaceAll("_", " ");

export interface Progress {
  /** 0 to 1; null: it is not known how much there is. */
  readonly share: number | null;
  /** "3,900 of 5,000" */
  readonly text: string;
  /** "78 %"; null while nobody can know */
  readonly percent: string | null;
}

/** How far a sync is. What is only estimated is called so, and what is not known has no share. */
export function progressOf(sync: Sync): Progress {
  const { status, ledger } = sync;
  const handled = handledOf(sync.progress);
  const { total, isEstimate } = totalOf(sync);
  if (status === "completed" || status === "partial") {
    return { share: 1, text: `${count(ledger.listed)} of ${count(ledger.listed)}`, percent: "100 %" };
  }
  if (total !== null && !isEstimate) {
    const share = total === 0 ? 1 : handled / total;
    return { share, text: `${count(handled)} of ${count(total)}`, percent: percent(handled, total) };
  }
  if (total === null || total === 0) return { share: null, text: `${count(handled)} so far`, percent: null };
  // While listing goes on there is more to come: a full bar would be a lie.
  const share = Math.min(handled / total, 0.99);
  return { share, text: `${count(handled)} of about ${count(total)}`, percent: percent(share * 100, 100) };
}

const stages: Record<string, string> = {
  listing: "Listing and fetching the mailbox",
  reconcile: "Comparing with the earlier copy",
  changes: "Taking in what has changed since it began",
  findings: "Taking in what a verification found",
};

/** What goes on, or came of it, in a sentence. */
export function headlineOf(sync: Sync): string {
  const { status, stage, paused, failure, progress, coalescedInto, ledger } = sync;
  switch (status) {
    case "requested":
      return "Accepted; it has not begun yet";
    case "queued":
      return "Waits until the account’s active sync has ended";
    case "running":
      return stage === null ? "Beginning" : (stages[stage] ?? stage);
    case "paused":
      return paused?.message ?? "Paused";
    case "completed":
      return "Complete: every listed message is accounted for";
    case "partial":
      return `Complete but for ${lettersOf(ledger.deadLettered || progress.deadLettered, progress.redriving)}`;
    case "failed":
      return failure?.message ?? "Failed";
    case "cancelled":
      return "Cancelled; what was stored until then is kept";
    case "coalesced":
      return coalescedInto === null ? "Another sync covers it" : `Covered by ${coalescedInto}`;
  }
}

/** Those that are tried again can be waited for, the others be redriven. */
function lettersOf(deadLettered: number, redriving: number): string {
  const letters = plural(deadLettered, "dead letter");
  if (redriving === 0) return `${letters}, which can be redriven`;
  return redriving >= deadLettered
    ? `${letters}, tried again now`
    : `${letters}; ${count(redriving)} are tried again now`;
}

/** How long it still takes, that nobody knows, or since when nothing has moved; null when it is not running. */
export function timeLeftWords(
  left: TimeLeft,
  { trouble }: Pick<Sync, "trouble">,
  isNobodyWorking = false,
): string | null {
  switch (left.kind) {
    case "none":
      return null;
    case "unknown":
      return `time left not known${trouble === null ? " yet" : ""}`;
    case "left":
      return `about ${duration(left.seconds)} left`;
    case "still":
      return `nothing has moved for ${duration(left.seconds)}${isNobodyWorking ? ": no worker takes chunks" : ""}`;
  }
}

/** "attempt 31, set aside after attempt 38": the last one is named where it is known; null: they are not counted. */
export function attemptOf(attempt: unknown, setAsideAt: unknown): string | null {
  if (typeof attempt !== "number") return null;
  const end = typeof setAsideAt === "number" ? `, set aside after attempt ${count(setAsideAt)}` : "";
  return `attempt ${count(attempt)}${end}`;
}

/** What a person may ask of it now. */
export function wishesOf({ status }: Sync): readonly ("pause" | "resume" | "cancel" | "retry")[] {
  switch (status) {
    case "requested":
    case "queued":
      return ["cancel"];
    case "running":
      return ["pause", "cancel"];
    case "paused":
      return ["resume", "cancel"];
    case "partial":
    case "failed":
    case "cancelled":
      return ["retry"];
    default:
      return [];
  }
}
