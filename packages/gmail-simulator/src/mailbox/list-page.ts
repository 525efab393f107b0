import { setImmediate as nextTurn } from "node:timers/promises";
import type { Mailbox } from "./mailbox.ts";
import { compileSearch } from "./search-query.ts";

export interface ListRequest {
  readonly q: string;
  readonly labelIds: readonly string[];
  readonly includeSpamTrash: boolean;
  readonly resultsMax: number;
  /** Only slots below this one; from the page before. */
  readonly beforeSlot: number;
  readonly nowMs: number;
}

export interface ListedSlots {
  readonly slots: readonly number[];
  /** Where the next page goes on, or null when there is none. */
  readonly nextBeforeSlot: number | null;
  readonly estimate: number;
}

/**
 * One page, newest first. It walks down from a slot, and slots are never used again: mail that comes has higher
 * slots and mail that goes is passed over, so that every message that stays is listed once. The work of one call
 * is bounded; a search that finds little may answer a short page with a next one, as Gmail may.
 */
export async function listPage(mailbox: Mailbox, request: ListRequest): Promise<ListedSlots> {
  const query = compileSearch(request.q, mailbox.labels, request.nowMs);
  const seesSpamTrash =
    request.includeSpamTrash ||
    query.includesSpamTrash ||
    request.labelIds.some((id) => SPAM_TRASH.includes(id));
  const isUnfiltered = request.labelIds.length === 0 && request.q.trim() === "";
  const slots: number[] = [];
  let slot = Math.min(request.beforeSlot, mailbox.slotCount);
  const firstSlot = slot;
  let budget = SCAN_BUDGET;
  let turnAt = budget - SLOTS_A_TURN;
  while (slot > 0 && slots.length < request.resultsMax && budget > 0) {
    slot--;
    budget--;
    if (budget <= turnAt) {
      turnAt = budget - SLOTS_A_TURN;
      await nextTurn();
    }
    if (!mailbox.has(slot)) continue;
    const labelIds = mailbox.labelIdsOf(slot);
    if (!seesSpamTrash && labelIds.some((id) => SPAM_TRASH.includes(id))) continue;
    if (!request.labelIds.every((id) => labelIds.includes(id))) continue;
    if (!query.matchesEnvelope(labelIds, mailbox.dateMsOf(slot))) continue;
    if (query.matchesContent !== null) {
      budget -= CONTENT_COST;
      if (!query.matchesContent(await mailbox.read(slot))) continue;
    }
    slots.push(slot);
  }
  const share = slots.length / Math.max(1, firstSlot - slot);
  return {
    slots,
    nextBeforeSlot: hasMore(mailbox, slot, seesSpamTrash, isUnfiltered),
    estimate: isUnfiltered ? mailbox.messagesTotal : Math.ceil(slots.length + share * slot),
  };
}

const SPAM_TRASH: readonly string[] = ["SPAM", "TRASH"];
/** Slots that one call looks at, at most; a message that has to be read counts for many. */
const SCAN_BUDGET = 2_000_000;
const CONTENT_COST = 400;
/** After this much of the budget other calls get their turn. */
const SLOTS_A_TURN = 8_000;
/** How far a plain listing looks for one more message before it promises a next page. */
const LOOK_AHEAD_SLOTS = 10_000;

/** With a filter nobody knows without looking; a last empty page is then allowed, as it is in Gmail. */
function hasMore(
  mailbox: Mailbox,
  slot: number,
  seesSpamTrash: boolean,
  isUnfiltered: boolean,
): number | null {
  if (slot === 0) return null;
  if (!isUnfiltered) return slot;
  const stop = Math.max(0, slot - LOOK_AHEAD_SLOTS);
  for (let next = slot - 1; next >= stop; next--) {
    if (!mailbox.has(next)) continue;
    if (seesSpamTrash || !mailbox.labelIdsOf(next).some((id) => SPAM_TRASH.includes(id))) return slot;
  }
  return stop === 0 ? null : slot;
}
