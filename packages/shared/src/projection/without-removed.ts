import type { EventOf } from "../events/facts.ts";
import type { PositionedEvent } from "./project-batch.ts";
import type { AccountView } from "./views.ts";

/**
 * A batch without what comes too late: of an account that was removed, nothing counts any more but the facts that say so.
 * Whoever adds events to the audit trail or folds them into views leaves the others out, so that a worker that was slow,
 * and a log that was restored from an older copy, bring nothing of it back.
 *
 * @param states rows of the batch's accounts, as far as they exist
 */
export function withoutRemoved(
  states: readonly AccountView[],
  events: readonly PositionedEvent[],
): readonly PositionedEvent[] {
  const removed = new Set(states.filter(({ status }) => status === "removed").map((view) => view.account_id));
  if (removed.size === 0 && !events.some(({ event }) => saysRemoved(event))) return events;
  return events.filter(({ event }) => {
    if (!saysRemoved(event)) return !removed.has(event.accountId);
    removed.add(event.accountId);
    return true;
  });
}

/** True for the facts that remain of an account. */
export function saysRemoved({ fact }: Pick<EventOf, "fact">): boolean {
  return "course" in fact && fact.course.removal?.removedAt !== undefined;
}
