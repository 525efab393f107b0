import fc from "fast-check";
import { expect, test } from "vitest";
import { SLOTS_MAX, SlotIds } from "./slot-ids.ts";

const slot = fc.integer({ min: 0, max: SLOTS_MAX - 1 });

test("every slot has one id and every id leads back to its slot", () => {
  fc.assert(
    fc.property(fc.integer(), slot, (key, n) => {
      const ids = new SlotIds(key);
      expect(ids.toId(n)).toMatch(/^1[0-9a-f]{15}$/);
      expect(ids.toSlot(ids.toId(n))).toBe(n);
    }),
  );
});

test("no two of a hundred thousand slots share an id", () => {
  const ids = new SlotIds(7);
  const seen = new Set(Array.from({ length: 100_000 }, (_, n) => ids.toId(n)));
  expect(seen.size).toBe(100_000);
});

test("an id of another mailbox, or a made-up one, leads to no slot", () => {
  const [mine, other] = [new SlotIds(1), new SlotIds(2)];
  for (let n = 0; n < 10_000; n++) expect(mine.toSlot(other.toId(n))).toBeNull();
  for (const id of ["", "1", "1234567890abcdeg", "0000000000000000", "FFFFFFFFFFFFFFFF"])
    expect(mine.toSlot(id)).toBeNull();
});
