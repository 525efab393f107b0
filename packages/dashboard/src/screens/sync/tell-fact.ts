import type { Event } from "@millrace/client";
import { count, plural } from "../../format/numbers.ts";
import { attemptOf, categoryOf } from "../../sync/sync-words.ts";
import type { Tone } from "../../ui/controls.tsx";

export type Fact = Readonly<Record<string, unknown>>;

/** A fact as a person is told it. */
export interface ToldFact {
  readonly title: string;
  readonly detail: string | null;
  readonly tone: Tone;
}

/** @param event of a sync's audit trail */
export function tellFact({ type, fact }: Event): ToldFact {
  const telling = tellings[type];
  const isPartial = type === "sync.completed" && fact.status === "partial";
  const [subject = "", verb = ""] = type.replaceAll("_", " ").split(".");
  return {
    title: isPartial
      ? "Completed, but for dead letters"
      : (telling?.title ?? `${subject.charAt(0).toUpperCase()}${subject.slice(1)} ${verb}`),
    detail: telling?.detail?.(fact) ?? null,
    tone: isPartial ? "warn" : (telling?.tone ?? "idle"),
  };
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
export const number = (value: unknown): number => (typeof value === "number" ? value : 0);

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
  "chunk.abandoned": { title: "Chunk abandoned", detail: placeOf },
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

/** What went wrong, in words that are the same wherever it did. */
export const troubleOf = ({ category, message }: Fact): string =>
  `${categoryOf(text(category))}. ${text(message)}`;

/** Where it went wrong, and how often it had been tried; empty where that is not told. */
export function placeOf({ chunkIndex, attempt, setAsideAt }: Fact): string {
  const where = typeof chunkIndex === "number" ? `Chunk ${chunkIndex}` : null;
  const which = attemptOf(attempt, setAsideAt);
  return [where, which].filter((part) => part !== null).join(", ");
}

function faultWords(fact: Fact): string {
  const place = placeOf(fact);
  return `${place === "" ? "" : `${place}: `}${troubleOf(fact)}`;
}

function completedWords({ status, ledger }: Fact): string {
  const { listed, deadLettered } = (ledger ?? {}) as Fact;
  const words = `${plural(number(listed), "message")}`;
  return status === "partial" ? `${words}, ${count(number(deadLettered))} of them dead letters` : words;
}

function lettersWords({ letters, chunkIndex }: Fact): string {
  return `${plural(Array.isArray(letters) ? letters.length : 0, "message")} of chunk ${number(chunkIndex)}`;
}
