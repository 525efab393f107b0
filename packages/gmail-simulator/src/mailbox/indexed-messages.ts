import { findHeader, type HeaderField } from "../mime/header-fields.ts";
import type { UserLabel } from "./message-source.ts";

/** What is read of a message when its file is indexed; the rest is read on demand. */
export interface IndexedMessage {
  readonly dateMs: number;
  readonly headers: readonly HeaderField[];
  readonly labelIds: readonly string[];
}

/** Order, dates, threads and labels of messages in files: a few bytes for each. */
export interface MessageIndex {
  readonly count: number;
  /** The place (order of adding) of the message at a slot. */
  readonly placeOf: (slot: number) => number;
  readonly dateMs: (slot: number) => number;
  readonly threadSlot: (slot: number) => number;
  readonly labelIds: (slot: number) => readonly string[];
}

/**
 * Collects messages in any order and sorts them by date. Threads are found as mail clients find them, by
 * Message-ID, In-Reply-To and References; the table of Message-IDs is dropped when the index is built.
 */
export class MessageIndexBuilder {
  private readonly dates: number[] = [];
  private readonly labelSets: (readonly string[])[] = [];
  private readonly labelSetOf: number[] = [];
  private readonly labelSetByKey = new Map<string, number>();
  private readonly placeByMessageId = new Map<string, number>();
  /** Union-find: the place that stands for a place's thread. */
  private readonly threadOf: number[] = [];

  add(message: IndexedMessage): void {
    const place = this.dates.length;
    this.dates.push(message.dateMs);
    this.labelSetOf.push(this.internLabels(message.labelIds));
    this.threadOf.push(place);
    const own = MESSAGE_ID.exec(findHeader(message.headers, "message-id") ?? "")?.[0];
    const related = `${findHeader(message.headers, "references") ?? ""} ${findHeader(message.headers, "in-reply-to") ?? ""}`;
    const ids = [
      ...(own === undefined ? [] : [own]),
      ...(related.match(MESSAGE_IDS) ?? []).slice(-REFERENCES_MAX),
    ];
    for (const id of ids) {
      const known = this.placeByMessageId.get(id);
      if (known === undefined) this.placeByMessageId.set(id, place);
      else this.join(known, place);
    }
  }

  build(): MessageIndex {
    const count = this.dates.length;
    const places = Uint32Array.from(this.dates.keys()).sort(
      (a, b) => (this.dates[a] ?? 0) - (this.dates[b] ?? 0) || a - b,
    );
    const dates = Float64Array.from(places, (place) => this.dates[place] ?? 0);
    const labelSetOf = Uint32Array.from(places, (place) => this.labelSetOf[place] ?? 0);
    const { labelSets } = this;
    const firstSlotOfThread = new Map<number, number>();
    const threads = Uint32Array.from(places, (place, slot) => {
      const thread = this.find(place);
      const first = firstSlotOfThread.get(thread) ?? slot;
      firstSlotOfThread.set(thread, first);
      return first;
    });
    return {
      count,
      placeOf: (slot) => places[slot] ?? 0,
      dateMs: (slot) => dates[slot] ?? 0,
      threadSlot: (slot) => threads[slot] ?? slot,
      labelIds: (slot) => labelSets[labelSetOf[slot] ?? 0] ?? [],
    };
  }

  private internLabels(labelIds: readonly string[]): number {
    const key = labelIds.join("\n");
    let index = this.labelSetByKey.get(key);
    if (index === undefined) {
      index = this.labelSets.push(labelIds) - 1;
      this.labelSetByKey.set(key, index);
    }
    return index;
  }

  private find(place: number): number {
    let at = place;
    while (this.threadOf[at] !== at) {
      const above = this.threadOf[at] ?? at;
      this.threadOf[at] = this.threadOf[above] ?? above;
      at = this.threadOf[at] ?? at;
    }
    return at;
  }

  private join(a: number, b: number): void {
    const [first, second] = [this.find(a), this.find(b)];
    this.threadOf[Math.max(first, second)] = Math.min(first, second);
  }
}

/** When a message was taken in, for mail that is imported: its Date header when that is sane, else `fallbackMs`. */
export function importDateMs(headers: readonly HeaderField[], fallbackMs: number): number {
  const text = (findHeader(headers, "date") ?? "").replace(/\([^()]*\)/g, "").trim();
  const ms = Date.parse(text.slice(0, 200));
  return Number.isFinite(ms) && ms > 0 && ms < LATEST_MS ? ms : fallbackMs;
}

/** Label ids for the names in Takeout's X-Gmail-Labels; names of the user's own get ids on the way. */
export class TakeoutLabels {
  readonly userLabels: UserLabel[] = [];
  private readonly idByName = new Map<string, string>();

  toIds(names: readonly string[]): string[] {
    const ids = new Set(names.map((name) => this.toId(name.trim())).filter((id) => id !== ""));
    if (ids.has("UNREAD") && names.includes("Opened")) ids.delete("UNREAD");
    return [...ids];
  }

  private toId(name: string): string {
    const system = TAKEOUT_NAMES.get(name);
    if (system !== undefined) return system;
    const category = /^Category (\w+)$/.exec(name)?.[1];
    if (category !== undefined) return `CATEGORY_${category.toUpperCase()}`;
    let id = this.idByName.get(name);
    if (id === undefined && name !== "") {
      id = `Label_${this.userLabels.length + 1}`;
      this.userLabels.push({ id, name });
      this.idByName.set(name, id);
    }
    return id ?? "";
  }
}

const MESSAGE_ID = /<[^<>\s]{1,500}>/;
const MESSAGE_IDS = /<[^<>\s]{1,500}>/g;
const REFERENCES_MAX = 100;
/** Mail from the far future is mail with a wrong clock. */
const LATEST_MS = Date.UTC(2100, 0, 1);

const TAKEOUT_NAMES: ReadonlyMap<string, string> = new Map([
  ["Inbox", "INBOX"],
  ["Sent", "SENT"],
  ["Drafts", "DRAFT"],
  ["Spam", "SPAM"],
  ["Trash", "TRASH"],
  ["Starred", "STARRED"],
  ["Important", "IMPORTANT"],
  ["Unread", "UNREAD"],
  ["Chat", "CHAT"],
  ["Category Personal", "CATEGORY_PERSONAL"],
  ["Opened", ""],
  ["Archived", ""],
]);
