import { hash32 } from "../random.ts";

/**
 * Message ids without a table: a message's slot (its place in the mailbox, oldest 0) and its id are turned into
 * each other by a keyed permutation of 60 bits (a Feistel network of four rounds), written as "1" and 15 hex
 * digits, as Gmail's ids look. The upper 30 bits of the clear value are 0, so a made-up id is almost never taken
 * for a message.
 */
export class SlotIds {
  private readonly key: number;

  /** @param key Any 32-bit number; two mailboxes with different keys have different ids. */
  constructor(key: number) {
    this.key = key;
  }

  /** The id of a slot: 16 hex digits. */
  toId(slot: number): string {
    let left = 0;
    let right = slot;
    for (let round = 0; round < ROUNDS; round++) {
      const next = left ^ this.scramble(right, round);
      left = right;
      right = next;
    }
    return formatId(left, right);
  }

  /** The slot of an id, or null when the id is none of this mailbox's. The caller checks the slot's existence. */
  toSlot(id: string): number | null {
    if (!ID_PATTERN.test(id)) return null;
    const value = BigInt(`0x${id.slice(1)}`);
    let left = Number(value >> 30n);
    let right = Number(value & BigInt(HALF_MASK));
    for (let round = ROUNDS - 1; round >= 0; round--) {
      const previous = right ^ this.scramble(left, round);
      right = left;
      left = previous;
    }
    return left === 0 ? right : null;
  }

  private scramble(half: number, round: number): number {
    return hash32(this.key, half, 0x51 + round) & HALF_MASK;
  }
}

/** Slots a mailbox can have: 30 bits. */
export const SLOTS_MAX = 0x4000_0000;

const ROUNDS = 4;
const HALF_MASK = SLOTS_MAX - 1;
const ID_PATTERN = /^1[0-9a-f]{15}$/;

function formatId(left: number, right: number): string {
  const high = left * 4 + (right >>> 28);
  const low = right & 0x0fff_ffff;
  return `1${high.toString(16).padStart(8, "0")}${low.toString(16).padStart(7, "0")}`;
}
