import type { Event } from "@millrace/client";
import { count, plural } from "../../format/numbers.ts";
import { categoryOf } from "../../sync/sync-words.ts";
import type { Tone } from "../../ui/controls.tsx";

export interface TimelineEntry {
  readonly key: string;
  readonly at: string;
  readonly title: string;
  readonly detail: string | null;
  readonly tone: Tone;
}

type Fact = Readonly<Record<string, unknown>>;

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number => (typeof value === "number" ? value : 0);

interface Telling {
  readonly title: string;
  readonly tone?: Tone;
  readonly detail?: (fact: Fact) => string | null;
}

/** Facts that are told one by one. What is not here is told by its type: a newer server may know more facts. */
const tellings: Record<string, Telling> = {
  "sync.started": { title: "Started", tone: "active" },
  "sync.queued": {
    title: "Queued",
    detail: ({ behind }) =>
      behind === null ? "Behind other accounts of the tenant" : `Behind ${text(behind)}`,
  },
  "sync.coalesced": { title: "Coalesced", detail: ({ into }) => `Into ${text(into)}` },
  "sync.paused": { title: "Paused", tone: "warn", detail: ({ message }) => text(message) },
  "sync.resumed": { title: "Resumed", tone: "active" },
  "sync.cancelled": { title: "Cancelled" },
  "sync.completed": { title: "Completed", tone: "good", detail: completedWords },
  "sync.failed": { title: "Failed", tone: "bad", detail: faultWords },
  "sync.rebased": { title: "Begun anew, as a full sync", tone: "warn", detail: ({ reason }) => text(reason) },
  "sync.stalled": {
    title: "Found stalled, planned anew",
    tone: "warn",
    detail: ({ reason }) => text(reason),
  },
  "account.reconnected": { title: "Mailbox connected again", tone: "good" },
  "account.restored": { title: "Restored", tone: "warn", detail: ({ reason }) => text(reason) },
  "account.removal_requested": { title: "Removal of the account asked for", tone: "warn" },
  "request.republished": { title: "Asked for again", tone: "warn", detail: ({ reason }) => text(reason) },
  "chunk.dead_lettered": { title: "Chunk set aside", tone: "bad", detail: faultWords },
  "chunk.attempt_failed": { title: "Attempt failed", tone: "warn", detail: faultWords },
  "page.attempt_failed": { title: "Listing failed", tone: "warn", detail: faultWords },
  "dead_letters.redriven": { title: "Dead letters redriven", tone: "active", detail: lettersWords },
  "dead_letters.settled": { title: "Dead letters settled", tone: "good", detail: lettersWords },
  "dead_letters.refused": { title: "Dead letters refused again", tone: "bad", detail: lettersWords },
  "dead_letters.forgotten": {
    title: "Settled dead letters had their time",
    detail: ({ letters }) => plural(Array.isArray(letters) ? letters.length : 0, "message"),
  },
  "labels.removed": { title: "Labels removed" },
};

function faultWords({ category, message, chunkIndex, attempt }: Fact): string {
  const where = typeof chunkIndex === "number" ? `Chunk ${chunkIndex}` : null;
  const which = typeof attempt === "number" ? `attempt ${attempt}` : null;
  const place = [where, which].filter((part) => part !== null).join(", ");
  return `${place === "" ? "" : `${place}: `}${categoryOf(text(category))}. ${text(message)}`;
}

function completedWords({ status, ledger }: Fact): string {
  const { listed, deadLettered } = (ledger ?? {}) as Fact;
  const words = `${plural(number(listed), "message")}`;
  return status === "partial" ? `${words}, ${count(number(deadLettered))} of them dead letters` : words;
}

function lettersWords({ letters, chunkIndex }: Fact): string {
  return `${plural(Array.isArray(letters) ? letters.length : 0, "message")} of chunk ${number(chunkIndex)}`;
}

/** What happened, oldest first. Runs of the same everyday fact become one entry. */
export function timelineOf(events: readonly Event[]): TimelineEntry[] {
  const entries: TimelineEntry[] = [];
  for (let n = 0; n < events.length; ) {
    const [run, entry] = entryAt(events, n);
    entries.push(entry);
    n += run;
  }
  return entries;
}

/** Work that goes on as it should: pages and chunks take turns, so they are told together. */
const everyday = new Set(["page.listed", "chunk.fetched"]);

function entryAt(events: readonly Event[], from: number): [run: number, entry: TimelineEntry] {
  const first = events[from] as Event;
  if (!everyday.has(first.type)) return [1, single(first)];
  let to = from;
  while (to < events.length && everyday.has(events[to]?.type ?? "")) to += 1;
  const run = events.slice(from, to);
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
  const at = (run.at(-1) ?? first).time;
  const title = chunks.length > 0 ? "Mail fetched" : "Mailbox listed";
  return [run.length, { key: first.version, at, title, detail: details.join("; "), tone: "idle" }];
}

function single({ type, fact, time, version }: Event): TimelineEntry {
  const telling = tellings[type];
  const [subject = "", verb = ""] = type.replaceAll("_", " ").split(".");
  return {
    key: version,
    at: time,
    title: telling?.title ?? `${subject.charAt(0).toUpperCase()}${subject.slice(1)} ${verb}`,
    detail: telling?.detail?.(fact) ?? null,
    tone: type === "sync.completed" && fact.status === "partial" ? "warn" : (telling?.tone ?? "idle"),
  };
}
