import type { Sync } from "@millrace/client";
import { printable } from "../terminal/printable.ts";

const wordsMax = 200;

/** What keeps a sync from getting on. */
export interface Hindrance {
  /** The same for as long as it is the same thing that does. */
  readonly reason: string;
  /** Which attempt has met it; null: it is no attempt that fails, or nobody counts them. */
  readonly attempt: string | null;
  /** What lets it go on, or where that happens by itself, which messages are missing until then; null: neither is to be said. */
  readonly more: string | null;
}

/** Why a sync pauses, and which command lets it go on; null when it does not pause. */
export function describePause({ id, accountId, paused }: Sync): Hindrance | null {
  if (!paused) return null;
  const command = paused.reason === "requested" ? `millrace resume ${id}` : `millrace connect ${accountId}`;
  return { reason: printable(paused.message, wordsMax), attempt: null, more: `\`${command}\` lets it go on` };
}

/** All of it, as half a sentence. */
export const hindranceText = (hindrance: Hindrance): string =>
  hindrance.more === null ? reasonText(hindrance) : `${reasonText(hindrance)}; ${hindrance.more}`;

/** Without what would let it go on. */
export const reasonText = ({ reason, attempt }: Hindrance): string =>
  attempt === null ? reason : `${reason} (${attempt})`;
