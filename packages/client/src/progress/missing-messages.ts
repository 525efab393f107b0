import type { Sync } from "../resources.ts";
import { handledOf } from "./handled-of.ts";
import { totalOf } from "./total-of.ts";

/** Messages that an attempt could not deal with, and that are tried again. */
export interface MissingMessages {
  readonly count: number;
  /** All else of the sync is dealt with, as far as anybody knows how much there is. */
  readonly isRest: boolean;
}

/** What of a sync that runs is missing, as its newest attempt that failed told; null: nothing is, or nobody knows. */
export function missingMessagesOf(sync: Sync): MissingMessages | null {
  const { status, trouble, progress } = sync;
  const count = trouble?.open ?? 0;
  if (status !== "running" || count === 0) return null;
  const { total } = totalOf(sync);
  return { count, isRest: total !== null && count >= total - handledOf(progress) };
}

/** "2 messages are still missing", for every bar, table and line; beside messages that have not had their turn it is said of which. */
export function missingWords({ count, isRest }: MissingMessages): string {
  const number = count.toLocaleString("en-US");
  const messages = `${number} ${count === 1 ? "message" : "messages"}`;
  return `${isRest ? messages : `${number} of the messages at hand`} ${count === 1 ? "is" : "are"} still missing`;
}

/** That it goes on by itself, and what is missing until then: a sentence without its end, so that a time may follow. */
export function triedAgainWords(missing: MissingMessages | null): string {
  if (missing === null) return "It is tried again by itself";
  const again = missing.count === 1 ? "it is tried again by itself" : "they are tried again by themselves";
  return `${missingWords(missing)}; ${again}`;
}
