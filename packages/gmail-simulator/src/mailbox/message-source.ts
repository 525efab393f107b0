/**
 * Where a mailbox's first messages come from. Slots count from 0, oldest first; everything about a slot is
 * computed or read on demand, so that a million messages cost no million objects.
 */
export interface MessageSource {
  readonly count: number;
  /** When Gmail took the message in: milliseconds since the epoch; never decreases with the slot. */
  dateMs(slot: number): number;
  /** Label ids before any change by a client or the control API. */
  labelIds(slot: number): readonly string[];
  /** The slot of the thread's first message (its own for a thread of one). */
  threadSlot(slot: number): number;
  /** The message's exact bytes: the same for every call. */
  read(slot: number): Buffer | Promise<Buffer>;
  /** Labels of the user's own that messages of this source bear. */
  readonly userLabels: readonly UserLabel[];
  /** Gives back files that it holds open. */
  close?(): Promise<void>;
}

export interface UserLabel {
  readonly id: string;
  readonly name: string;
}

/** A mailbox with nothing in it yet. */
export const emptySource: MessageSource = {
  count: 0,
  userLabels: [],
  dateMs: () => 0,
  labelIds: () => [],
  threadSlot: (slot) => slot,
  read: (slot) => {
    throw new RangeError(`an empty mailbox has no slot ${slot}`);
  },
};
