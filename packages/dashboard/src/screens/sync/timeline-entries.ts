import type { Event } from "@millrace/client";
import { plural } from "../../format/numbers.ts";
import { type Fact, number, placeOf, type ToldFact, tellFact, troubleOf } from "./tell-fact.ts";

export interface TimelineEntry extends ToldFact {
  readonly key: string;
  readonly at: string;
  /** The single faults that are told together, oldest first; none where it is one fact, or everyday work. */
  readonly folded: readonly FoldedFault[];
}

export interface FoldedFault {
  readonly key: string;
  readonly at: string;
  readonly place: string;
}

/**
 * What happened, by the last time of each entry. Work that goes on as it should is told together, and so are attempts that
 * failed in the same way meanwhile: pages, chunks and failures take turns, hundreds of times.
 */
export function timelineOf(events: readonly Event[]): TimelineEntry[] {
  const entries: TimelineEntry[] = [];
  let stretch: Event[] = [];
  const close = (): void => {
    entries.push(...entriesOf(stretch));
    stretch = [];
  };
  for (const event of events) {
    if (isEveryday(event) || isFailure(event) || isAbandonment(event)) {
      stretch.push(event);
      continue;
    }
    close();
    entries.push({ ...tellFact(event), key: event.version, at: event.time, folded: [] });
  }
  close();
  return entries;
}

const isEveryday = ({ type }: Event): boolean => type === "page.listed" || type === "chunk.fetched";
const isFailure = ({ type }: Event): boolean =>
  type === "chunk.attempt_failed" || type === "page.attempt_failed";

/** After a cancellation there is one of each chunk that was under way. */
const isAbandonment = ({ type }: Event): boolean => type === "chunk.abandoned";

/** Of one stretch of work: an entry for what was done, and one for each kind of failure, or of abandoning. */
function entriesOf(stretch: readonly Event[]): TimelineEntry[] {
  const kinds = Map.groupBy(stretch, (event) =>
    isEveryday(event) ? "" : `${event.type} ${troubleOf(event.fact)}`,
  );
  return [...kinds.values()]
    .map((run) => (run[0] !== undefined && isEveryday(run[0]) ? workEntry(run) : repeatedEntry(run)))
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

const first = (run: readonly Event[]): Event => run[0] as Event;
const last = (run: readonly Event[]): Event => run.at(-1) as Event;

function workEntry(run: readonly Event[]): TimelineEntry {
  const chunks = run.filter(({ type }) => type === "chunk.fetched");
  const pages = run.filter(({ type }) => type === "page.listed");
  const stored = chunks.reduce((sum, { fact }) => sum + number((fact.ledger as Fact | undefined)?.stored), 0);
  const listed = pages.reduce((sum, { fact }) => sum + number(fact.messageIdCount), 0);
  const details = [
    pages.length > 0 ? `${plural(pages.length, "page")} listed with ${plural(listed, "message")}` : null,
    chunks.length > 0
      ? `${plural(chunks.length, "chunk")} fetched, ${plural(stored, "message")} stored`
      : null,
  ].filter((detail) => detail !== null);
  const title = chunks.length > 0 ? "Mail fetched" : "Mailbox listed";
  const detail = details.join("; ");
  return { key: first(run).version, at: last(run).time, title, detail, tone: "idle", folded: [] };
}

/** One that stands alone says where it was; several say so when they are opened. */
function repeatedEntry(run: readonly Event[]): TimelineEntry {
  const told = tellFact(first(run));
  // The oldest names it, so that it stays the same entry, and open, while more come.
  const entry = { ...told, key: first(run).version, at: last(run).time, folded: [] };
  if (run.length === 1) return entry;
  const folded = run.map(({ version, time, fact }) => ({ key: version, at: time, place: placeOf(fact) }));
  const { fact } = last(run);
  // Where it ends is known of the last one: that is what somebody who waits for it wants to know.
  const end = typeof fact.setAsideAt === "number" ? `. Last: ${placeOf(fact)}` : "";
  return {
    ...entry,
    title: `${told.title} ×${run.length}`,
    detail: isFailure(first(run)) ? `${troubleOf(first(run).fact).replace(/\.$/, "")}${end}` : null,
    folded,
  };
}
