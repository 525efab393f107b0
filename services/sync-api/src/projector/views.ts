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

/** Every column but none more; the compiler sees that none is missing. */
export const syncColumns = Object.keys({
  id: 0,
  tenant_id: 0,
  account_id: 0,
  status: 0,
  requested_mode: 0,
  mode: 0,
  trigger: 0,
  scope: 0,
  chunk_size: 0,
  window_chunks: 0,
  content: 0,
  baseline: 0,
  watermark: 0,
  coalesced_into: 0,
  failure: 0,
  requested_at: 0,
  started_at: 0,
  ended_at: 0,
  listed: 0,
  listing_complete: 0,
  estimated_total: 0,
  chunks_listed: 0,
  chunks_settled: 0,
  settled: 0,
  stored: 0,
  unchanged: 0,
  gone: 0,
  dead_lettered: 0,
  created_at: 0,
  epoch: 0,
  seq: 0,
} satisfies Record<keyof SyncView, 0>);

export const accountColumns = Object.keys({
  account_id: 0,
  tenant_id: 0,
  active_sync_id: 0,
  watermark: 0,
  last_sync_id: 0,
  last_synced_at: 0,
  epoch: 0,
  seq: 0,
} satisfies Record<keyof AccountView, 0>);

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
