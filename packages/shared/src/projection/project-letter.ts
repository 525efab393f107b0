import type { SettledLetter } from "../events/chunk-progress.ts";
import type { EventOf, Fact, FactOf } from "../events/facts.ts";
import { derivedId } from "../events/identifiers.ts";
import { isAfter, isLetterSettled, type LetterView, type LogPosition } from "./views.ts";

/** A dead letter's id follows from its sync and its place in it. */
export const letterId = (syncId: string, ordinal: number): string => derivedId("dl", syncId, String(ordinal));

/** The dead letters whose rows an event may change. */
export function lettersTouchedBy(
  fact: Fact,
): readonly { readonly syncId: string; readonly ordinal: number }[] {
  if (!("letters" in fact)) return [];
  return fact.letters.map(({ ordinal }) => ({ syncId: fact.syncId, ordinal }));
}

/**
 * A dead letter's row after one more event; the row itself when the event is not newer, or changes nothing of it.
 *
 *     open --redriven--> redriving --settled, superseded--> resolved
 *      ^ \                  |  \
 *      |  --settled (discarded)--> discarded
 *      +-------refused------+
 *
 * @param ordinal one of `lettersTouchedBy` the event
 */
export function projectLetter(
  view: LetterView | null,
  ordinal: number,
  event: EventOf,
  position: LogPosition,
): LetterView | null {
  if (view !== null && !isAfter(position, view)) return view;
  const { fact } = event;
  if (fact.type === "chunk.fetched" || fact.type === "chunk.dead_lettered") {
    return openLetter(event, fact, ordinal, position);
  }
  const change = view === null || isLetterSettled(view) ? null : changeOfLetter(view, ordinal, fact);
  return view === null || change === null
    ? view
    : { ...view, ...position, updated_at: event.time, ...change };
}

function changeOfLetter(view: LetterView, ordinal: number, fact: Fact): Partial<LetterView> | null {
  switch (fact.type) {
    case "dead_letters.redriven":
      return { state: "redriving", content: fact.content };
    case "dead_letters.refused": {
      const letter = find(fact.letters, ordinal);
      if (view.state !== "redriving") return null; // told twice
      const attempts = view.attempts + fact.attempt;
      return { state: "open", category: letter.category, error: letter.message, attempts };
    }
    case "dead_letters.superseded":
      return { state: "resolved", outcome: "superseded" };
    case "dead_letters.settled": {
      const { outcome } = find<SettledLetter>(fact.letters, ordinal);
      return { state: outcome === "discarded" ? "discarded" : "resolved", outcome };
    }
    default:
      return null;
  }
}

function openLetter(
  event: EventOf,
  fact: FactOf<"chunk.fetched"> | FactOf<"chunk.dead_lettered">,
  ordinal: number,
  position: LogPosition,
): LetterView {
  const letter = find(fact.letters, ordinal);
  return {
    ...position,
    id: letterId(fact.syncId, ordinal),
    tenant_id: event.tenantId,
    account_id: event.accountId,
    sync_id: fact.syncId,
    chunk_index: fact.chunkIndex,
    ordinal,
    provider_id: letter.messageId,
    scope: fact.type === "chunk.dead_lettered" ? "chunk" : "message",
    category: letter.category,
    error: letter.message,
    attempts: fact.attempt,
    state: "open",
    outcome: null,
    content: null,
    created_at: event.time,
    updated_at: event.time,
  };
}

function find<L extends { readonly ordinal: number }>(letters: readonly L[], ordinal: number): L {
  const letter = letters.find((one) => one.ordinal === ordinal);
  if (letter === undefined) throw new Error(`The fact has no dead letter ${ordinal}`);
  return letter;
}
