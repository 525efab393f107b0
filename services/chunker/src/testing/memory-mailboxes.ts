import type { MailLabel } from "@millrace/shared/providers/mail-provider";
import type { MailboxStore } from "../chunker-ports.ts";

export interface MemoryMailboxes extends MailboxStore {
  /** How many baselines were taken. */
  readonly baselines: () => number;
  /** The labels of each save, and when they were seen, in order. */
  readonly saved: (readonly [labels: readonly MailLabel[], seenAtMs: number])[];
}

/**
 * What is stored of a mailbox, in memory.
 *
 * @param hadCopy mail of it was there before
 * @param removed labels that are found to be removed
 */
export function memoryMailboxes(hadCopy = false, removed: readonly string[] = []): MemoryMailboxes {
  const saved: MemoryMailboxes["saved"] = [];
  let baselines = 0;
  return {
    baselines: () => baselines,
    takeBaseline: async () => {
      baselines++;
    },
    saved,
    hadCopy: async () => hadCopy,
    saveLabels: async (_ref, labels, seenAtMs) => {
      saved.push([labels, seenAtMs]);
      return removed;
    },
  };
}
