import type { Stage } from "../events/account-course.ts";
import type { FaultCategory } from "../events/attempt.ts";
import type { LetterOutcome } from "../events/chunk-progress.ts";
import type { Ledger } from "../events/ledger.ts";
import type { Lane } from "../events/work-item.ts";

/** A position in the log: the epoch counts how often the stream was a different one. */
export interface LogPosition {
  readonly epoch: number;
  readonly seq: number;
}

export type SyncStatus =
  | "queued"
  | "running"
  | "paused"
  | "completed"
  | "partial"
  | "failed"
  | "cancelled"
  | "coalesced";

/** Why nothing of a sync is worked on. */
export interface Pause {
  readonly reason: "requested" | "consent_lost";
  readonly message: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

/** What keeps a sync from getting on: its latest failed attempt, until its work succeeds, be it in part. */
export interface Trouble {
  readonly category: FaultCategory;
  readonly message: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** When it is tried again; null when it is not by itself. */
  readonly nextAt: string | null;
  /**
   * When the first attempt failed that nothing has succeeded after: one that dealt with messages has succeeded so far. A pause
   * changes nothing of it. Rows of an earlier release do not say it.
   */
  readonly since?: string;
  /** Which attempt at the work it was, from 1. */
  readonly attempt?: number;
  /** The attempt that is the last one, as things are; null: it is tried for as long as it takes. */
  readonly setAsideAt?: number | null;
  /** Of a chunk or a redrive: its messages that are tried again; null: none are. */
  readonly open?: number | null;
  /** All work was planned anew since: the attempt is shown to nobody any more, and is kept for its `since`. */
  readonly isVoid?: true;
  /** The work that was attempted: a page by its number, a chunk (or a redrive of its dead letters) by its index. */
  readonly where: { readonly kind: "page" | "chunk" | "redrive"; readonly index: number };
}

/** A row of `syncs`. Field names are the column names, so that a row travels as JSON in both directions. */
export interface SyncView extends LogPosition {
  readonly id: string;
  readonly tenant_id: string;
  readonly account_id: string;
  readonly status: SyncStatus;
  readonly paused: Pause | null;
  readonly trouble: Trouble | null;
  readonly requested_mode: string | null;
  readonly mode: string | null;
  readonly trigger: string | null;
  readonly scope: object;
  readonly repair_of: string | null;
  readonly chunk_size: number | null;
  readonly window_chunks: number | null;
  readonly content: string | null;
  readonly run: number;
  /** What its newest page belongs to. */
  readonly stage: Stage | null;
  readonly baseline: string | null;
  readonly watermark: string | null;
  readonly coalesced_into: string | null;
  readonly failure: { readonly category: string; readonly message: string } | null;
  readonly requested_at: string | null;
  readonly started_at: string | null;
  /** Pauses that are over. */
  readonly paused_ms: number;
  readonly ended_at: string | null;
  readonly listed: number;
  readonly listing_complete: boolean;
  readonly estimated_total: number | null;
  readonly chunks_listed: number;
  readonly chunks_settled: number;
  readonly progress_revision: number;
  readonly settled: number;
  /**
   * Messages that were dealt with in chunks which have settled, and that `settled` does not count yet: a log that was restored
   * from an older copy settles fewer chunks than the row has seen, and perhaps others.
   */
  readonly handled_uncounted: number;
  readonly stored: number;
  readonly unchanged: number;
  readonly gone: number;
  readonly dead_lettered: number;
  readonly created_at: string;
}

/** A row of `chunks`. */
export interface ChunkView extends LogPosition {
  readonly sync_id: string;
  readonly chunk_index: number;
  readonly tenant_id: string;
  readonly account_id: string;
  readonly page_number: number;
  readonly lane: Lane;
  readonly size: number;
  /** dead_lettered: it was set aside as a whole, and some of it still is. */
  readonly state: "listed" | "settled" | "dead_lettered";
  readonly listed_at: string;
  readonly settled_at: string | null;
  /** Which attempt settled it. */
  readonly attempt: number | null;
  /** Attempts that are known of. */
  readonly attempts: number;
  readonly last_fault: {
    readonly category: FaultCategory;
    readonly message: string;
    readonly at: string;
  } | null;
  readonly next_attempt_at: string | null;
  /** While it is open: its messages that are dealt with, as far as attempts told; 0 once it is settled, where the ledger counts. */
  readonly handled: number;
  readonly stored: number;
  readonly unchanged: number;
  readonly gone: number;
  readonly dead_lettered: number;
}

/** A row of `account_states`. */
export interface AccountView extends LogPosition {
  readonly account_id: string;
  readonly tenant_id: string;
  /** removed: nothing else of it is projected any more. */
  readonly status: "connected" | "reauth_required" | "removing" | "removed";
  /** Since when, and why it has to be connected again; null while it is connected. */
  readonly status_since: string | null;
  readonly status_message: string | null;
  readonly active_sync_id: string | null;
  readonly watermark: string | null;
  readonly last_sync_id: string | null;
  readonly last_synced_at: string | null;
  /** What had happened by then and is not in the audit trail is forgotten; null while nothing is. */
  readonly forgotten_until: string | null;
}

/** A row of `dead_letters`: one message that was set aside. */
export interface LetterView extends LogPosition {
  readonly id: string;
  readonly tenant_id: string;
  readonly account_id: string;
  readonly sync_id: string;
  readonly chunk_index: number;
  readonly ordinal: number;
  readonly provider_id: string;
  /** chunk: it was set aside with its whole chunk; message: it alone. */
  readonly scope: "chunk" | "message";
  readonly category: FaultCategory;
  readonly error: string;
  readonly attempts: number;
  readonly state: "open" | "redriving" | "resolved" | "discarded";
  /** How it was settled; null until then. */
  readonly outcome: LetterOutcome | "superseded" | null;
  /** How it was fetched when it was last redriven. */
  readonly content: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** A row of `activity_minutes`: what happened to a tenant's syncs in a minute. */
export interface ActivityView extends LogPosition {
  readonly tenant_id: string;
  /** Since 1970. */
  readonly minute: number;
  /** Messages whose chunk was settled, in each ten seconds. */
  readonly slices: readonly number[];
  readonly syncs_started: number;
  readonly syncs_completed: number;
  readonly syncs_partial: number;
  readonly syncs_failed: number;
  readonly syncs_cancelled: number;
  readonly syncs_coalesced: number;
  readonly dead_lettered: number;
  /** By category: attempts that failed, and messages that were set aside one by one. */
  readonly failures: Readonly<Record<string, number>>;
}

/** Rows of each view, by the name of its table. */
export interface ViewRows {
  readonly syncs: readonly SyncView[];
  readonly chunks: readonly ChunkView[];
  readonly account_states: readonly AccountView[];
  readonly dead_letters: readonly LetterView[];
  readonly activity_minutes: readonly ActivityView[];
}

/** What a batch does to the views. */
export interface ViewChanges extends ViewRows {
  /** Syncs whose rows go; what belongs to them the janitor removes. */
  readonly forgottenSyncIds: readonly string[];
  /** Dead letters whose rows go. */
  readonly forgottenLetterIds: readonly string[];
}

export const noRows: ViewRows = Object.freeze({
  syncs: [],
  chunks: [],
  account_states: [],
  dead_letters: [],
  activity_minutes: [],
});

const endings: ReadonlySet<SyncStatus> = new Set([
  "completed",
  "partial",
  "failed",
  "cancelled",
  "coalesced",
]);

/** True when a sync's status does not change any more, but for `partial`, which may still become `completed`. */
export const hasEnded = ({ status }: Pick<SyncView, "status">): boolean => endings.has(status);

/** True when nobody looks at a dead letter any more. */
export const isLetterSettled = ({ state }: LetterView): boolean =>
  state === "resolved" || state === "discarded";

/** The columns that count where a sync's messages went. */
export function ledgerColumns(ledger: Ledger) {
  return {
    stored: ledger.stored,
    unchanged: ledger.unchanged,
    gone: ledger.gone,
    dead_lettered: ledger.deadLettered,
  };
}

export function isAfter(a: LogPosition, b: LogPosition): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.seq > b.seq);
}
