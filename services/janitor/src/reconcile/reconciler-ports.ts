import type { AccountRef } from "@millrace/shared/events/subjects";
import type { AcceptedRequest } from "@millrace/shared/events/sync-request";
import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import type { TenantLine } from "@millrace/shared/postgres/create-tenant-line";
import type { Logger } from "@millrace/shared/runtime/create-logger";
import type { AppendEffect, EnqueueEffect } from "@millrace/shared/runtime/outcome";
import type { SyncState, WorkQueue } from "@millrace/shared/state/sync-state";

/** What the reconciler reaches the world through. */
export interface ReconcilerPorts {
  readonly pool: SweepingPool;
  readonly state: SyncState;
  readonly queue: WorkQueue;
  readonly line: TenantLine;
  readonly log: Logger;
  /** A sync that has moved within this many seconds is left alone. */
  readonly idleSeconds: number;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** A conflict means that the account has moved: its next turn comes. */
  readonly append: (effect: AppendEffect) => Promise<"appended" | "conflict">;
  readonly enqueue: (effect: EnqueueEffect) => Promise<void>;
  readonly publishRequest: (ref: AccountRef, request: AcceptedRequest) => Promise<void>;
  /** The id of the event that the log holds at a sequence; null when it holds none there. */
  readonly eventIdAt: (seq: number) => Promise<string | null>;
}

/** One thing that cannot be looked at must not keep the others from it. */
export async function unlessItFails<T>(
  { log }: Pick<ReconcilerPorts, "log">,
  what: Readonly<Record<string, unknown>>,
  look: () => Promise<T>,
): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    log.warn({ err: error, ...what }, "cannot be reconciled, its next turn comes");
    return null;
  }
}
