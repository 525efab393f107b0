import type { Millrace, Sync } from "@millrace/client";
import { printable } from "../terminal/printable.ts";
import { describePause, hindranceText } from "./describe-pause.ts";

const lookEveryMs = 5_000;
const wordsMax = 200;

export interface WaitTeller {
  /** What is known of the watched sync now. */
  see(sync: Sync): void;
  end(): void;
}

/**
 * Tells of a sync that waits for its turn what it waits for, and what that one meets: once, and again when that changes. A
 * look that fails tells nothing: the sync's own stream says that the API is away.
 */
export function tellWait(millrace: Millrace, tell: (text: string) => void): WaitTeller {
  let waiting: Sync | null = null;
  let told = "";
  const look = async (): Promise<void> => {
    if (waiting === null) return;
    const text = await findWait(millrace, waiting).catch(() => null);
    // It may have begun meanwhile, or have been said by another look.
    if (text === null || text === told || waiting === null) return;
    told = text;
    tell(text);
  };
  const timer = setInterval(() => void look(), lookEveryMs);
  return {
    see: (sync) => {
      const wasWaiting = waiting !== null;
      waiting = sync.status === "queued" ? sync : null;
      if (!wasWaiting) void look();
    },
    end: () => {
      waiting = null;
      clearInterval(timer);
    },
  };
}

async function findWait(millrace: Millrace, { id, accountId }: Sync): Promise<string | null> {
  const { activeSyncId } = await millrace.accounts.get(accountId);
  if (activeSyncId === null || activeSyncId === id) return null;
  return describeWait(await millrace.syncs.get(activeSyncId));
}

/** @param before the mailbox's sync that has to end first */
export function describeWait(before: Sync): string {
  const { id, status, trouble } = before;
  const pause = describePause(before);
  if (pause !== null) return `Waits for ${id}, which pauses: ${hindranceText(pause)}`;
  if (trouble !== null)
    return `Waits for ${id}, which meets ${printable(`${trouble.category}: ${trouble.message}`, wordsMax)}; \`millrace status ${id}\` says more`;
  return `Waits for ${id}, which is ${status}; it begins by itself then`;
}
