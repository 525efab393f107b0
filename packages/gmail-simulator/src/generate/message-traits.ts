import type { UserLabel } from "../mailbox/message-source.ts";
import { hash32 } from "../random.ts";

export type MessageKind =
  | "plain"
  | "alternative"
  | "newsletter"
  | "notification"
  | "attachment"
  | "inlineImages"
  | "invitation"
  | "forward";

/** Slots of one block share their threads: a reply never reaches further back than this. */
const BLOCK_SLOTS = 16;
const REPLY_SHARE = 0.4;
/** Generated mail starts here and arrives every five minutes: a million messages end in the middle of 2025. */
const OLDEST_MS = Date.UTC(2016, 0, 1);
const STEP_MS = 300_000;

export const generatedUserLabels: readonly UserLabel[] = [
  { id: "Label_1", name: "Clients" },
  { id: "Label_2", name: "Clients/Harbour Bank" },
  { id: "Label_3", name: "Reçus" },
  { id: "Label_4", name: "to read" },
];

/** Per cent of messages of each kind; adds up to 100. */
const KIND_SHARES: readonly (readonly [MessageKind, number])[] = [
  ["plain", 34],
  ["alternative", 27],
  ["newsletter", 13],
  ["notification", 12],
  ["attachment", 8],
  ["inlineImages", 3],
  ["invitation", 2],
  ["forward", 1],
];

/**
 * What is known of a generated message without writing it: each a pure function of the mailbox's key and the
 * slot, cheap enough to be asked for a million slots in a listing.
 */
export function kindOf(key: number, slot: number): MessageKind {
  let rest = hash32(key, slot, 1) % 100;
  for (const [kind, share] of KIND_SHARES) {
    if (rest < share) return kind;
    rest -= share;
  }
  return "plain";
}

/** The slot that this message answers, or null when it starts a thread. */
export function parentSlot(key: number, slot: number): number | null {
  const place = slot % BLOCK_SLOTS;
  if (place === 0 || isMachineKind(kindOf(key, slot))) return null;
  if (hash32(key, slot, 2) / 0x1_0000_0000 >= REPLY_SHARE) return null;
  const parent = slot - place + (hash32(key, slot, 3) % place);
  return isMachineKind(kindOf(key, parent)) ? null : parent;
}

/** The first slot of the message's thread. At most 15 steps. */
export function rootSlot(key: number, slot: number): number {
  let root = slot;
  for (let parent = parentSlot(key, root); parent !== null; parent = parentSlot(key, root)) root = parent;
  return root;
}

/** When the message arrived, in milliseconds since the epoch; never decreases with the slot. */
export function generatedDateMs(key: number, slot: number): number {
  const jitterMs = Math.floor((hash32(key, slot, 4) / 0x1_0000_0000) * STEP_MS * 0.9);
  return OLDEST_MS + slot * STEP_MS + jitterMs;
}

/** True when the mailbox's owner wrote the message. */
export function isSentByOwner(key: number, slot: number): boolean {
  return !isMachineKind(kindOf(key, slot)) && hash32(key, slot, 5) % 100 < 18;
}

/** Label ids: system labels first. Never SPAM or TRASH, so that a plain listing has every message. */
export function generatedLabelIds(key: number, slot: number): readonly string[] {
  const dice = hash32(key, slot, 6);
  const labels: string[] = [];
  if (isSentByOwner(key, slot)) labels.push("SENT");
  else {
    if (dice % 10 < 7) labels.push("INBOX");
    if ((dice >>> 4) % 10 < 3) labels.push("UNREAD");
    labels.push(categoryOf(kindOf(key, slot), dice));
  }
  if ((dice >>> 8) % 20 === 0) labels.push("STARRED");
  if ((dice >>> 13) % 8 === 0) labels.push("IMPORTANT");
  if ((dice >>> 18) % 6 === 0) labels.push(`Label_${1 + ((dice >>> 22) % generatedUserLabels.length)}`);
  return labels;
}

function categoryOf(kind: MessageKind, dice: number): string {
  if (kind === "newsletter") return dice % 3 === 0 ? "CATEGORY_FORUMS" : "CATEGORY_PROMOTIONS";
  if (kind === "notification") return dice % 2 === 0 ? "CATEGORY_UPDATES" : "CATEGORY_SOCIAL";
  return "CATEGORY_PERSONAL";
}

function isMachineKind(kind: MessageKind): boolean {
  return kind === "newsletter" || kind === "notification";
}
