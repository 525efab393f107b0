import { waitingMax } from "@millrace/shared/events/account-course";
import type { FactOf } from "@millrace/shared/events/facts";
import type { World } from "../world.ts";

/** A sync fails only for what waiting cannot mend, and nothing here is like that but an account that was removed, or is to be. */
export function judgeFailure(world: World, accountId: string, fact: FactOf<"sync.failed">): void {
  const { category, message, syncId } = fact;
  const isLeaving = fact.course.removal !== undefined || !world.database.tables.accounts.has(accountId);
  if (category === "account_removed" && isLeaving) return;
  if (category === "too_many_waiting" && fact.course.waiting.length >= waitingMax) return;
  world.violate("I1: every request ends well", `${syncId} failed: ${category}: ${message}`);
}
