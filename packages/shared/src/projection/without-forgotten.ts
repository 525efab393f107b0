import type { PositionedEvent } from "./project-batch.ts";
import type { AccountView } from "./views.ts";

/**
 * A batch without what is told again of syncs that were forgotten. The audit trail has every fact of an account but those that
 * were forgotten, so one that it lacks, and that happened before that, is one of them: a log that was restored from an older
 * copy tells it once more.
 *
 * @param states rows of the batch's accounts, as far as they exist
 * @param events those that the audit trail does not have
 */
export function withoutForgotten(
  states: readonly AccountView[],
  events: readonly PositionedEvent[],
): readonly PositionedEvent[] {
  const until = new Map(
    states.flatMap(({ account_id, forgotten_until }) =>
      forgotten_until === null ? [] : [[account_id, Date.parse(forgotten_until)]],
    ),
  );
  if (until.size === 0 && !events.some(({ event }) => event.fact.type === "syncs.forgotten")) return events;
  return events.filter(({ event: { accountId, time, fact } }) => {
    const known = until.get(accountId) ?? Number.NEGATIVE_INFINITY;
    if (fact.type !== "syncs.forgotten") return Date.parse(time) > known;
    until.set(accountId, Math.max(known, Date.parse(fact.happenedBefore)));
    return true;
  });
}
