import { isBalanced } from "@millrace/shared/events/ledger";
import type { SyncScope } from "@millrace/shared/events/sync-request";
import type { ContentMode } from "@millrace/shared/mail/mail-message";
import { isRequestUnreached } from "@millrace/shared/postgres/is-request-unreached";
import type { LogPosition, Pause, Trouble } from "@millrace/shared/projection/views";
import { syncTraceId } from "@millrace/shared/telemetry/sync-trace";
import { formatVersion } from "../live/version.ts";
import { type Sync, type SyncStatus, syncLinks } from "../resources/sync.ts";
import { isoOrNull } from "../resources/time.ts";
import { estimateSecondsLeft } from "./estimate-seconds-left.ts";
import { stillnessOf } from "./stillness.ts";

/**
 * What the resource is made of; of `syncs`, or of a request that no fact has reached yet. What is handled of chunks that are open
 * is read by the same statement as what is settled: when a chunk settles, both change at once, and nobody sees a sum of two
 * moments. A sync that is complete has no open chunks, whatever a log that was lost had begun.
 *
 * @param table what the statement calls them
 */
export const syncColumns = (table: string): string => `
  id, account_id as "accountId", status, mode, stage, requested_mode as "requestedMode", trigger, scope,
  chunk_size as "chunkSize", window_chunks as "windowChunks", content, watermark, coalesced_into as "coalescedInto", repair_of as "repairOf",
  paused, trouble, failure,
  requested_at as "requestedAt", started_at as "startedAt", paused_ms::float8 as "pausedMs", ended_at as "endedAt",
  listed::float8, listing_complete as "listingComplete", estimated_total::float8 as "estimatedTotal",
  settled::float8, stored::float8, unchanged::float8, gone::float8, dead_lettered::float8 as "deadLettered",
  chunks_listed as "chunksListed", chunks_settled as "chunksSettled", epoch, seq::float8,
  case when status = 'running' then (
    select e.happened_at from events e where e.epoch = ${table}.epoch and e.seq = ${table}.seq
  ) end as "movedAt",
  case
    when status in ('completed', 'partial') then settled
    else settled + handled_uncounted + (
      select coalesce(sum(chunk.handled), 0) from chunks as chunk
      where chunk.sync_id = ${table}.id and chunk.handled > 0 and chunk.settled_at is null
    )
  end::float8 as handled,
  case when dead_lettered = 0 then 0 else (
    select count(*) from dead_letters as letter where letter.sync_id = ${table}.id and letter.state = 'redriving'
  ) end::float8 as redriving`;

/**
 * Requests that no fact has reached, as rows of `syncs`. Their version is 0-0, before everything else.
 * To be continued with further conditions on `r`.
 */
export const requestedSyncsSql = `
  select requested.*
  from sync_requests r
  cross join lateral jsonb_populate_record(null::syncs, jsonb_build_object(
    'id', r.sync_id, 'tenant_id', r.tenant_id, 'account_id', r.account_id, 'status', 'requested',
    'requested_mode', r.request -> 'mode', 'trigger', r.request -> 'trigger',
    'scope', r.request - array['syncId', 'mode', 'trigger', 'requestedAt', 'repairOf'],
    'repair_of', r.request -> 'repairOf',
    'requested_at', r.created_at, 'created_at', r.created_at, 'listing_complete', false,
    'listed', 0, 'settled', 0, 'handled_uncounted', 0, 'stored', 0, 'unchanged', 0, 'gone', 0, 'dead_lettered', 0,
    'chunks_listed', 0, 'chunks_settled', 0, 'epoch', 0, 'seq', 0
  )) as requested
  where ${isRequestUnreached("r")}`;

/** The condition on a row of `syncs` that it is running, and has a `trouble` to show. */
export const isFailingSql = "status = 'running' and trouble is not null and not trouble ? 'isVoid'";

export interface SyncRow extends LogPosition {
  readonly id: string;
  readonly accountId: string;
  readonly status: SyncStatus;
  readonly mode: Sync["mode"];
  readonly stage: Sync["stage"];
  readonly requestedMode: Sync["requestedMode"];
  readonly trigger: string | null;
  readonly scope: SyncScope;
  readonly chunkSize: number | null;
  readonly windowChunks: number | null;
  /** When the newest fact of one that runs was appended. */
  readonly movedAt: Date | null;
  readonly content: ContentMode | null;
  readonly watermark: string | null;
  readonly coalescedInto: string | null;
  readonly repairOf: string | null;
  readonly paused: Pause | null;
  readonly trouble: Trouble | null;
  readonly failure: Sync["failure"];
  readonly requestedAt: Date | null;
  readonly startedAt: Date | null;
  readonly pausedMs: number;
  readonly endedAt: Date | null;
  readonly listed: number;
  readonly listingComplete: boolean;
  readonly estimatedTotal: number | null;
  readonly settled: number;
  /** With what is dealt with of chunks that are open. */
  readonly handled: number;
  readonly stored: number;
  readonly unchanged: number;
  readonly gone: number;
  readonly deadLettered: number;
  readonly chunksListed: number;
  readonly chunksSettled: number;
  readonly redriving: number;
}

/** What resources depend on beside their row. */
export interface SyncShowing {
  /** What the provider's quota allows one account; null: there is none. */
  readonly messagesPerMinute: number | null;
}

/** The resource of a row, as it is now. */
export function syncOf(row: SyncRow, { messagesPerMinute }: SyncShowing): Sync {
  const { listed, stored, unchanged, gone, deadLettered, scope } = row;
  const ledger = { listed, stored, unchanged, gone, deadLettered };
  const nowMs = Date.now();
  const stillness = stillnessOf(row, nowMs);
  return {
    id: row.id,
    accountId: row.accountId,
    status: row.status,
    mode: row.mode,
    requestedMode: row.requestedMode,
    stage: row.stage,
    trigger: row.trigger,
    scope: {
      chunkSize: row.chunkSize ?? scope.chunkSize ?? null,
      query: scope.query ?? null,
      labelIds: scope.labelIds ?? null,
    },
    content: row.content,
    lane: laneOf(row),
    requestedAt: isoOrNull(row.requestedAt),
    startedAt: isoOrNull(row.startedAt),
    endedAt: isoOrNull(row.endedAt),
    coalescedInto: row.coalescedInto,
    repairOf: row.repairOf,
    paused: row.paused === null ? null : { ...row.paused, resumesBy: resumesBy(row, row.paused) },
    trouble: row.trouble === null || row.trouble.isVoid ? null : troubleOf(row.trouble),
    failure: row.failure,
    watermark: row.watermark,
    progress: {
      ...ledger,
      listingComplete: row.listingComplete,
      estimatedTotal: row.estimatedTotal,
      settled: row.settled,
      handled: row.handled,
      chunksListed: row.chunksListed,
      chunksSettled: row.chunksSettled,
      redriving: row.redriving,
      secondsLeft: estimateSecondsLeft({ ...row, stillness }, messagesPerMinute, nowMs),
      stillSeconds: stillness.seconds,
      stillAfterSeconds: stillness.afterSeconds,
    },
    ledger: { ...ledger, balanced: isBalanced(ledger) },
    version: formatVersion(row),
    traceId: syncTraceId(row.id),
    links: syncLinks(row.id),
  };
}

/** The first chunk of a full sync takes the live lane, as all chunks of an incremental one do. */
function laneOf(row: SyncRow): Sync["lane"] {
  if (row.status !== "running") return null;
  return row.mode === "incremental" || row.chunksSettled === 0 ? "live" : "bulk";
}

function resumesBy({ id, accountId }: SyncRow, { reason }: Pause): string {
  return reason === "requested"
    ? `POST ${syncLinks(id).resume}`
    : `Connecting the mailbox again: POST /v1/accounts/${accountId}/credentials. When the provider takes it again by ` +
        "itself, that is noticed as well.";
}

function troubleOf({ category, message, at, nextAt, since, ...counts }: Trouble): Sync["trouble"] {
  const { attempt = null, setAsideAt = null, open = null } = counts;
  return { category, message, at, nextAt, since: since ?? at, attempt, setAsideAt, open };
}
