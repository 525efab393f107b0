import {
  generatedDateMs,
  generatedLabelIds,
  generatedUserLabels,
  rootSlot,
} from "../generate/message-traits.ts";
import { writeMessage } from "../generate/write-message.ts";
import { hashText } from "../random.ts";
import type { MessageSource } from "./message-source.ts";

/** A mailbox of `count` messages, each a pure function of (seed, email, slot): nothing is kept. */
export function generatedSource(email: string, count: number, seed: number): MessageSource {
  const mailbox = { key: generatedKey(email, seed), email };
  const { key } = mailbox;
  return {
    count,
    userLabels: generatedUserLabels,
    dateMs: (slot) => generatedDateMs(key, slot),
    labelIds: (slot) => generatedLabelIds(key, slot),
    threadSlot: (slot) => rootSlot(key, slot),
    read: (slot) => writeMessage(mailbox, slot, generatedDateMs(key, slot)),
  };
}

/** The key from which all of a generated mailbox follows. */
export function generatedKey(email: string, seed: number): number {
  return hashText(`${seed}\n${email}`);
}
