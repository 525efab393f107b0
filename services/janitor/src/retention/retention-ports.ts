import type { BlobStore } from "@millrace/shared/blobs/blob-store";
import type { ReconcilerPorts } from "../reconcile/reconciler-ports.ts";

/** What retention reaches the world through. */
export interface RetentionPorts
  extends Pick<ReconcilerPorts, "pool" | "log" | "state" | "append" | "nowMs" | "sleep"> {
  readonly blobs: Pick<BlobStore, "list" | "has" | "delete" | "removeUnfinished">;
}
