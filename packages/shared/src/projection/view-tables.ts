import type { AccountView, ActivityView, ChunkView, LetterView, SyncView, ViewRows } from "./views.ts";

/** A table that holds a view. */
export interface ViewTable {
  readonly name: keyof ViewRows;
  readonly key: readonly string[];
  /** All of them, the key's as well. */
  readonly columns: readonly string[];
}

type Columns<Row> = Record<keyof Row, 0>;

/** The compiler sees that no column is missing, and none too many. */
const syncColumns: Columns<SyncView> = {
  id: 0,
  tenant_id: 0,
  account_id: 0,
  status: 0,
  paused: 0,
  trouble: 0,
  requested_mode: 0,
  mode: 0,
  trigger: 0,
  scope: 0,
  repair_of: 0,
  chunk_size: 0,
  window_chunks: 0,
  content: 0,
  run: 0,
  stage: 0,
  baseline: 0,
  watermark: 0,
  coalesced_into: 0,
  failure: 0,
  requested_at: 0,
  started_at: 0,
  paused_ms: 0,
  ended_at: 0,
  listed: 0,
  listing_complete: 0,
  estimated_total: 0,
  chunks_listed: 0,
  chunks_settled: 0,
  progress_revision: 0,
  settled: 0,
  handled_uncounted: 0,
  stored: 0,
  unchanged: 0,
  gone: 0,
  dead_lettered: 0,
  created_at: 0,
  epoch: 0,
  seq: 0,
};

const chunkColumns: Columns<ChunkView> = {
  sync_id: 0,
  chunk_index: 0,
  tenant_id: 0,
  account_id: 0,
  page_number: 0,
  lane: 0,
  size: 0,
  state: 0,
  listed_at: 0,
  settled_at: 0,
  attempt: 0,
  attempts: 0,
  last_fault: 0,
  next_attempt_at: 0,
  handled: 0,
  stored: 0,
  unchanged: 0,
  gone: 0,
  dead_lettered: 0,
  epoch: 0,
  seq: 0,
};

const accountColumns: Columns<AccountView> = {
  account_id: 0,
  tenant_id: 0,
  status: 0,
  status_since: 0,
  status_message: 0,
  active_sync_id: 0,
  watermark: 0,
  last_sync_id: 0,
  last_synced_at: 0,
  forgotten_until: 0,
  epoch: 0,
  seq: 0,
};

const letterColumns: Columns<LetterView> = {
  id: 0,
  tenant_id: 0,
  account_id: 0,
  sync_id: 0,
  chunk_index: 0,
  ordinal: 0,
  provider_id: 0,
  scope: 0,
  category: 0,
  error: 0,
  attempts: 0,
  state: 0,
  outcome: 0,
  content: 0,
  created_at: 0,
  updated_at: 0,
  epoch: 0,
  seq: 0,
};

const activityColumns: Columns<ActivityView> = {
  tenant_id: 0,
  minute: 0,
  slices: 0,
  syncs_started: 0,
  syncs_completed: 0,
  syncs_partial: 0,
  syncs_failed: 0,
  syncs_cancelled: 0,
  syncs_coalesced: 0,
  dead_lettered: 0,
  failures: 0,
  epoch: 0,
  seq: 0,
};

/** The views: what follows from the events alone, and is rebuilt from them (rule I9). */
export const viewTables: readonly ViewTable[] = [
  { name: "syncs", key: ["id"], columns: Object.keys(syncColumns) },
  { name: "chunks", key: ["sync_id", "chunk_index"], columns: Object.keys(chunkColumns) },
  { name: "account_states", key: ["account_id"], columns: Object.keys(accountColumns) },
  { name: "dead_letters", key: ["id"], columns: Object.keys(letterColumns) },
  { name: "activity_minutes", key: ["tenant_id", "minute"], columns: Object.keys(activityColumns) },
];
