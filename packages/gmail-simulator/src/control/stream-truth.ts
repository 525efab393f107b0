import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Mailbox } from "../mailbox/mailbox.ts";

/** What a mailbox really holds: the measure of a sync. One a line of the truth stream. */
export interface TrueMessage {
  readonly id: string;
  readonly threadId: string;
  readonly labelIds: readonly string[];
  readonly historyId: string;
  readonly internalDateMs: number;
  /** Hex digest of the raw bytes. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Every message that exists, oldest first, as lines of JSON. Spam and trash are in it. Holds one in memory. */
export function streamTruth(mailbox: Mailbox): Readable {
  return Readable.from(writeLines(mailbox), { objectMode: false });
}

const MESSAGES_A_TURN = 50;

async function* writeLines(mailbox: Mailbox): AsyncGenerator<string> {
  for (let slot = 0; slot < mailbox.slotCount; slot++) {
    if (slot % MESSAGES_A_TURN === 0) await nextTurn();
    if (!mailbox.has(slot)) continue;
    const bytes = await mailbox.read(slot);
    const truth: TrueMessage = {
      id: mailbox.idOf(slot),
      threadId: mailbox.threadIdOf(slot),
      labelIds: mailbox.labelIdsOf(slot),
      historyId: String(mailbox.historyIdOf(slot)),
      internalDateMs: mailbox.dateMsOf(slot),
      sha256: createHash("sha256").update(bytes).digest("hex"),
      sizeBytes: bytes.length,
    };
    yield `${JSON.stringify(truth)}\n`;
  }
}
