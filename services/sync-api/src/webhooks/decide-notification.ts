import { isLaterWatermark } from "@millrace/shared/events/is-later-watermark";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { Notification } from "./read-notification.ts";

/** An account that has the mailbox, as the views have it. */
export interface NotifiedAccount extends AccountRef {
  /** Up to where its copy is complete; null: nothing is. */
  readonly watermark: string | null;
  readonly status: "connected" | "reauth_required";
  readonly isSyncing: boolean;
}

/**
 * known: the copy has got so far already. none: there is no copy and none is being made, and a notification asks for none.
 * refused: the mailbox has to be connected again, and is synced then.
 */
export type NotificationDecision = "sync" | "known" | "none" | "refused";

/**
 * What a notification means for one account. A late or doubled one asks for nothing; neither does one of a mailbox
 * that refuses us: its requests would pile up, and what has changed is found when it is connected again.
 */
export function decideNotification(
  { watermark, status, isSyncing }: Pick<NotifiedAccount, "watermark" | "status" | "isSyncing">,
  notification: Pick<Notification, "watermark">,
): NotificationDecision {
  if (status === "reauth_required") return "refused";
  if (watermark === null && !isSyncing) return "none";
  return isLaterWatermark(notification.watermark, watermark) ? "sync" : "known";
}
