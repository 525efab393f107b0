import type { Sync, SyncStatus } from "@millrace/client";
import { count, duration, percent } from "../format/numbers.ts";
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
export function progressOf({ progress, status, ledger }: Sync): Progress {
  const { listed, listingComplete, estimatedTotal, settled } = progress;
  if (status === "completed" || status === "partial") {
    return { share: 1, text: `${count(ledger.listed)} of ${count(ledger.listed)}`, percent: "100 %" };
  }
  if (listingComplete) {
    const share = listed === 0 ? 1 : settled / listed;
    return { share, text: `${count(settled)} of ${count(listed)}`, percent: percent(settled, listed) };
  }
  const total = Math.max(listed, estimatedTotal ?? 0);
  if (estimatedTotal === null || total === 0)
    return { share: null, text: `${count(settled)} so far`, percent: null };
  // While listing goes on there is more to come: a full bar would be a lie.
  const share = Math.min(settled / total, 0.99);
  return { share, text: `${count(settled)} of about ${count(total)}`, percent: percent(share * 100, 100) };
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
      return `Complete but for ${count(ledger.deadLettered || progress.deadLettered)} dead letters, which can be redriven`;
    case "failed":
      return failure?.message ?? "Failed";
    case "cancelled":
      return "Cancelled; what was stored until then is kept";
    case "coalesced":
      return coalescedInto === null ? "Another sync covers it" : `Covered by ${coalescedInto}`;
  }
}

/** How long it still takes; null when that is not known, or it is not running. */
export function timeLeftOf({ status, progress }: Sync): string | null {
  if (status !== "running") return null;
  return progress.secondsLeft === null
    ? "time left not known yet"
    : `about ${duration(progress.secondsLeft)} left`;
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
