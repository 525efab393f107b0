import type { MillraceError } from "../millrace-error.ts";
import { type MissingMessages, triedAgainWords } from "../progress/missing-messages.ts";
import type { Sync, SyncStatus } from "../resources.ts";

export interface CountParts {
  /** Messages whose work is done, those of chunks that are still open as well. */
  readonly settled: number;
  /** Null: nobody knows yet. */
  readonly total: number | null;
  readonly isEstimate: boolean;
}

/** Every word of `<SyncProgress>`. Hints say what to do, or that nothing has to be done. */
export interface ProgressMessages {
  /** Names the bar for screen readers. */
  readonly label: string;
  readonly loading: string;
  readonly status: Readonly<Record<SyncStatus, string>>;
  readonly count: (parts: CountParts) => string;
  readonly timeLeft: (seconds: number) => string;
  /** In the place of the time left, where nothing has moved for so long that nobody can tell it. */
  readonly stillFor: (seconds: number) => string;
  readonly interrupted: string;
  /** It cannot be watched at all. */
  readonly unwatchable: (error: MillraceError) => string;
  readonly queuedHint: string;
  readonly pausedHint: (paused: NonNullable<Sync["paused"]>) => string;
  /** @param missing messages that are tried again; null: that is not known */
  readonly troubleHint: (trouble: NonNullable<Sync["trouble"]>, missing: MissingMessages | null) => string;
  readonly partialHint: (deadLettered: number) => string;
  readonly failedHint: (failure: Sync["failure"]) => string;
  readonly cancelledHint: string;
  readonly coalescedHint: string;
}

const format = (count: number): string => count.toLocaleString("en-US");
const messagesOf = (count: number): string => `${format(count)} ${count === 1 ? "message" : "messages"}`;

/** The English ones; `messages` of `<SyncProgress>` replaces what is to be said otherwise. */
export const progressMessages: ProgressMessages = {
  label: "Mailbox sync",
  loading: "Looking up the sync",
  status: {
    requested: "Waiting to start",
    queued: "Waiting for its turn",
    running: "Syncing",
    paused: "Paused",
    completed: "Up to date",
    partial: "Done, but for some messages",
    failed: "Could not be finished",
    cancelled: "Cancelled",
    coalesced: "Done by another sync",
  },
  count: ({ settled, total, isEstimate }) => {
    if (total === null) return settled === 0 ? "Counting messages" : `${messagesOf(settled)} so far`;
    if (total === 0) return "Nothing new";
    return settled >= total && !isEstimate
      ? messagesOf(total)
      : `${format(settled)} of ${isEstimate ? "about " : ""}${messagesOf(total)}`;
  },
  timeLeft: (seconds) => {
    if (seconds < 60) return "less than a minute left";
    const minutes = Math.ceil(seconds / 60);
    if (minutes < 90) return `about ${minutes} min left`;
    const hours = Math.ceil(minutes / 60);
    return hours < 48 ? `about ${hours} h left` : `about ${Math.ceil(hours / 24)} days left`;
  },
  stillFor: (seconds) => `nothing has moved for ${spanOf(seconds)}`,
  interrupted: "The connection is lost and tried again by itself. The sync goes on meanwhile.",
  unwatchable: ({ status, detail }) =>
    status === 404 ? "There is no such sync any more. Start another one." : `It cannot be shown. ${detail}`,
  queuedHint: "It starts by itself, when the sync of the mailbox before it has ended and there is room.",
  pausedHint: ({ reason }) =>
    reason === "consent_lost"
      ? "The mailbox does not let us in any more. Connect it again, and the sync goes on by itself."
      : "Somebody has paused it. Resume it to go on.",
  troubleHint: ({ category }, missing) => {
    if (category === "rate_limited") return "The mail provider has asked for a break. It goes on by itself.";
    // Beside messages that have not had their turn, a number of some of them would say nothing to a person.
    const again = triedAgainWords(missing?.isRest === true ? missing : null);
    return `The mail provider does not answer as it should. ${again}.`;
  },
  partialHint: (deadLettered) =>
    `${messagesOf(deadLettered)} could not be taken in and ${deadLettered === 1 ? "is" : "are"} set aside. Try the sync again.`,
  failedHint: (failure) =>
    `${failure === null ? "" : `${sentenceOf(failure.message)} `}Try the sync again: what is stored already is kept.`,
  cancelledHint: "What was stored until then is kept. Start another sync to go on.",
  coalescedHint: "Another sync of the mailbox takes in the same messages.",
};

/** Rounded down: it is at least so long. */
function spanOf(seconds: number): string {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}

const sentenceOf = (words: string): string => (/[.!?]$/.test(words) ? words : `${words}.`);
