import type { BlobStore } from "@millrace/shared/blobs/blob-store";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { Account } from "@millrace/shared/postgres/load-account";
import type { PushProvider } from "@millrace/shared/providers/mail-provider";
import type { ReconcilerPorts } from "../reconcile/reconciler-ports.ts";

/** What accounts are removed through. */
export interface RemovalPorts extends Pick<ReconcilerPorts, "pool" | "log" | "state" | "append" | "nowMs"> {
  /** Null where the janitor has no credentials to talk to the provider with. */
  readonly provider: PushProvider | null;
  /** Null when its credentials are not there any more, or cannot be opened. */
  readonly loadLeaving: (ref: AccountRef) => Promise<Account | null>;
  readonly blobs: Pick<BlobStore, "delete" | "has">;
  /** Removes what is queued, and what the broker's budgets know of it. Does no harm twice. */
  readonly purgeWork: (ref: AccountRef) => Promise<void>;
  /** Removes its facts from the log, but for the last one, which says that it was removed. Does no harm twice. */
  readonly purgeLog: (ref: AccountRef) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Content that was put within this many seconds is left alone: its row may be on its way, of another account. */
  readonly blobGraceSeconds: number;
  /** After so long nothing is written any more by who had begun before the removal: then it is looked through once more. */
  readonly sweepSeconds: number;
}
