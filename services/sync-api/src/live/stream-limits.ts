/** What bounds the live streams of a process. */
export interface StreamLimits {
  readonly streamsMax: number;
  /** So that no tenant takes all of them. */
  readonly streamsPerTenantMax: number;
  /** Syncs read at once, and syncs that wait for a slow client: what is more ends its stream, and it resumes. */
  readonly syncsMax: number;
  readonly heartbeatMs: number;
  /** A client that takes nothing for so many heartbeats is gone. */
  readonly stalledHeartbeatsMax: number;
  /** Then the client connects anew and shows its key again, which may be revoked meanwhile. */
  readonly lifetimeMs: number;
  /** What clients are told to wait before they connect again. */
  readonly retryMs: number;
}

export const defaultStreamLimits: StreamLimits = Object.freeze({
  streamsMax: 1_000,
  streamsPerTenantMax: 250,
  syncsMax: 1_000,
  heartbeatMs: 15_000,
  stalledHeartbeatsMax: 4,
  lifetimeMs: 60 * 60_000,
  retryMs: 2_000,
});
