/** What came of the messages of a batch. */
export interface BatchTally {
  readonly asked: number;
  /** Of these, those of which is known now what they are, or why they cannot be had. Not those that failed by accident. */
  readonly answered: number;
  /** Of these, those that nothing came of: the whole batch was refused, or the connection broke off before them. */
  readonly lost: number;
}

/** True when it is the batch that came to nothing. Messages that fail each by itself say nothing about the connection. */
export const cameToNothing = ({ answered, lost }: BatchTally): boolean => answered === 0 && lost > 0;

/**
 * How many messages the next batch asks for: a connection that dies often never carries a large one whole, smaller ones
 * get through it.
 *
 * @param sizeMax the configured size
 */
export function nextBatchSize(size: number, tally: BatchTally, sizeMax: number): number {
  // A batch far smaller than allowed says nothing about the size.
  if (cameToNothing(tally)) return tally.asked * 2 < size ? size : Math.max(1, Math.floor(size / 2));
  return tally.lost === 0 ? Math.min(sizeMax, size * 2) : size;
}
