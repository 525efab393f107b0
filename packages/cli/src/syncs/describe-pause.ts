import type { Sync } from "@millrace/client";
import { printable } from "../terminal/printable.ts";

const wordsMax = 200;

/** What keeps a sync from getting on. */
export interface Hindrance {
  readonly reason: string;
  /** What lets it go on, or where that happens by itself, which messages are missing until then; null: neither is to be said. */
  readonly more: string | null;
}

/** Why a sync pauses, and which command lets it go on; null when it does not pause. */
export function describePause({ id, accountId, paused }: Sync): Hindrance | null {
  if (!paused) return null;
  const command = paused.reason === "requested" ? `millrace resume ${id}` : `millrace connect ${accountId}`;
  return { reason: printable(paused.message, wordsMax), more: `\`${command}\` lets it go on` };
}

/** All of it, as half a sentence. */
export const hindranceText = ({ reason, more }: Hindrance): string =>
  more === null ? reason : `${reason}; ${more}`;
