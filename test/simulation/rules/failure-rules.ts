import { waitingMax } from "@millrace/shared/events/account-course";
import type { FactOf } from "@millrace/shared/events/facts";
import type { World } from "../world.ts";

/** A sync fails only for what waiting cannot mend, and nothing here is like that but an account that was removed, or is to be. */
export function judgeFailure(world: World, accountId: string, fact: FactOf<"sync.failed">): void {
  const { category, message, syncId } = fact;
  // The log may have lost that it is to be removed; the database has not.
  const account = world.database.tables.accounts.get(accountId);
  const isLeaving = fact.course.removal !== undefined || account === undefined || account.isRemoving === true;
  if (category === "account_removed" && isLeaving) return;
  if (category === "too_many_waiting" && fact.course.waiting.length >= waitingMax) return;
  world.violate("I1: every request ends well", `${syncId} failed: ${category}: ${message}`);
}
