import type { Sync } from "@millrace/client";
import { printable } from "../terminal/printable.ts";

const wordsMax = 200;

/** Why a sync pauses, and which command lets it go on; null when it does not pause. */
export function describePause({ id, accountId, paused }: Sync): string | null {
  if (!paused) return null;
  const command = paused.reason === "requested" ? `millrace resume ${id}` : `millrace connect ${accountId}`;
  return `${printable(paused.message, wordsMax)}; \`${command}\` lets it go on`;
}
