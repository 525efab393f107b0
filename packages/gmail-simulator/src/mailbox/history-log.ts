import { Random } from "../random.ts";

export type HistoryType = "messageAdded" | "messageDeleted" | "labelAdded" | "labelRemoved";

export interface HistoryRecord {
  readonly id: bigint;
  readonly type: HistoryType;
  readonly slot: number;
  /** The message's labels after the change (before it, for a deletion). */
  readonly labelIds: readonly string[];
  /** Which labels came or went; empty for additions and deletions. */
  readonly changedLabelIds: readonly string[];
}

/**
 * The changes of one mailbox since it was made. Ids only grow, with gaps, and are 64-bit: never a number in
 * JavaScript. A start before the floor is one that Gmail no longer knows.
 */
export class HistoryLog {
  private readonly records: HistoryRecord[] = [];
  private readonly random: Random;
  private floorId: bigint;
  private currentId: bigint;

  /**
   * @param floorId The oldest start that is still known.
   * @param currentId The newest id given so far.
   */
  constructor(floorId: bigint, currentId: bigint, seed: number) {
    this.floorId = floorId;
    this.currentId = currentId;
    this.random = new Random(seed);
  }

  get current(): bigint {
    return this.currentId;
  }

  /** Appends a change and returns its id. */
  append(change: Omit<HistoryRecord, "id">): bigint {
    this.currentId += BigInt(1 + this.random.below(GAP_MAX));
    this.records.push({ ...change, id: this.currentId });
    return this.currentId;
  }

  knows(startId: bigint): boolean {
    return startId >= this.floorId && startId <= this.currentId;
  }

  /** Records after an id, oldest first. The index of the first one; read on with `at`. */
  firstIndexAfter(startId: bigint): number {
    let low = 0;
    let high = this.records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.records[middle] as HistoryRecord).id <= startId) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  at(index: number): HistoryRecord | undefined {
    return this.records[index];
  }

  /** Forgets everything up to now: any start from before answers as too old. */
  expire(): void {
    this.currentId += BigInt(1 + this.random.below(GAP_MAX));
    this.floorId = this.currentId;
    this.records.length = 0;
  }
}

const GAP_MAX = 60;
