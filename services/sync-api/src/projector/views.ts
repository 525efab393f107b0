import type { Ledger } from "@millrace/shared/events/ledger";

/** A position in the log: the epoch counts how often the stream was a different one. */
export interface LogPosition {
  readonly epoch: number;
  readonly seq: number;
}

/** A row of `syncs`. Field names are the column names, so that a row travels as JSON in both directions. */
export interface SyncView extends LogPosition {
  readonly id: string;
  readonly tenant_id: string;
  readonly account_id: string;
  readonly status: "queued" | "running" | "completed" | "partial" | "failed" | "coalesced";
  readonly requested_mode: string | null;
  readonly mode: string | null;
  readonly trigger: string | null;
  readonly scope: object;
  readonly chunk_size: number | null;
  readonly window_chunks: number | null;
  readonly content: string | null;
  readonly baseline: string | null;
  readonly watermark: string | null;
  readonly coalesced_into: string | null;
  readonly failure: { readonly category: string; readonly message: string } | null;
  readonly requested_at: string | null;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly listed: number;
  readonly listing_complete: boolean;
  readonly estimated_total: number | null;
  readonly chunks_listed: number;
  readonly chunks_settled: number;
  readonly settled: number;
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
  readonly lane: string;
  readonly size: number;
  readonly listed_at: string;
  readonly settled_at: string | null;
  readonly attempt: number | null;
  readonly stored: number;
  readonly unchanged: number;
  readonly gone: number;
  readonly dead_lettered: number;
}

/** A row of `account_states`. */
export interface AccountView extends LogPosition {
  readonly account_id: string;
  readonly tenant_id: string;
  readonly active_sync_id: string | null;
  readonly watermark: string | null;
  readonly last_sync_id: string | null;
  readonly last_synced_at: string | null;
}

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
