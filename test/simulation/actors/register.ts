import { derivedId } from "@millrace/shared/events/identifiers";
import { type AccountRef, requestSubject } from "@millrace/shared/events/subjects";

/** What somebody asks for. */
export interface Wish {
  readonly name: string;
  readonly isLabelled: boolean;
  readonly mode: "auto" | "full" | "incremental";
}

export interface AcceptedSync extends Wish {
  readonly ref: AccountRef;
  readonly syncId: string;
  /** What the mailbox's history counted when it was asked for: the sync has to bring everything up to there. */
  readonly askedAt: number;
  readonly by: "api" | "event";
  /** The broker has it. */
  isPublished: boolean;
}

/** What was promised: every request that was accepted, and has to end. */
export class Register {
  readonly syncs = new Map<string, AcceptedSync>();
  /** How many names were given to requests. */
  named = 0;

  /** The id of the sync that a request of this name gets. */
  syncIdOf(ref: AccountRef, name: string): string {
    return derivedId("syn", requestSubject(ref), "requested", name);
  }

  accepted(sync: AcceptedSync): void {
    if (!this.syncs.has(sync.syncId)) this.syncs.set(sync.syncId, sync);
  }

  /** The only copy of what is known of it was lost with the broker. */
  release(syncId: string): void {
    this.syncs.delete(syncId);
  }

  find(which: number): AcceptedSync | null {
    const all = [...this.syncs.values()];
    return all[which % Math.max(1, all.length)] ?? null;
  }
}
