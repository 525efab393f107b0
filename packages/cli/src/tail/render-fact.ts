import type { Event } from "@millrace/client";
import type { Paint } from "../terminal/paint.ts";
import { printable } from "../terminal/printable.ts";

/** What a reader of a line has no use for. */
const passedOver: ReadonlySet<string> = new Set([
  ...[
    "type",
    "syncId",
    "course",
    "progress",
    "mark",
    "run",
    "revision",
    "chunkSize",
    "releases",
    "claimToken",
  ],
  ...["joined", "round", "since", "baseline", "hadCopy", "nextPageToken", "firstChunk", "lane"],
]);
/** What is said first. */
const first = ["status", "mode", "stage", "category", "reason", "message", "error"];
/** Of these the parts are said: of a ledger its counts. */
const opened: ReadonlySet<string> = new Set(["ledger", "mail", "counted", "sync"]);

const valueCharsMax = 80;
const detailCharsMax = 200;
const addressCharsMax = 40;

/** A fact in a line: when, what, whose, which sync, and what it says. */
export function renderFact(
  { time, type, accountId, syncId, fact }: Event,
  address: string,
  paint: Paint,
): string {
  const who = accountId === "_" ? "" : printable(address, addressCharsMax);
  const details = detailsOf(fact).join(" ").slice(0, detailCharsMax);
  const parts = [
    paint.faint(time.slice(11, 19)),
    styled(type, paint),
    who,
    syncId ?? "",
    paint.faint(details),
  ];
  return parts.filter((part) => part !== "").join("  ");
}

function styled(type: string, paint: Paint): string {
  const text = type.padEnd(20);
  if (/(failed|abandoned|rejected|dead_lettered|lapsed|stalled)$/.test(type)) return paint.bad(text);
  if (/(paused|cancelled|refused)$/.test(type)) return paint.warning(text);
  return type === "sync.completed" ? paint.good(text) : text;
}

function detailsOf(values: Readonly<Record<string, unknown>>): string[] {
  const names = Object.keys(values).filter((name) => !passedOver.has(name));
  const order = (name: string): number => (first.includes(name) ? first.indexOf(name) : first.length);
  return names.sort((a, b) => order(a) - order(b)).flatMap((name) => detailOf(name, values[name]));
}

function detailOf(name: string, value: unknown): string[] {
  if (value === null || value === undefined || value === "") return [];
  if (Array.isArray(value)) return value.length === 0 ? [] : [`${name}=${value.length}`];
  if (typeof value === "object")
    return opened.has(name)
      ? detailsOf(value as Readonly<Record<string, unknown>>).filter((one) => !one.endsWith("=0"))
      : [];
  const text = printable(String(value), valueCharsMax);
  return [`${name}=${/\s/.test(text) ? JSON.stringify(text) : text}`];
}
