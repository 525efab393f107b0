import { factSchema } from "@millrace/shared/events/facts";
import { expect, test } from "vitest";
import { redrivenFacts } from "./redrive-letters.ts";

const row = (syncId: string, chunkIndex: number, ordinal: number) => ({
  accountId: `acc_${syncId}`,
  syncId,
  chunkIndex,
  ordinal,
  messageId: `m${ordinal}`,
  content: "full" as const,
});

test("each chunk of each sync has a fact of its own, with an id of its own", () => {
  const facts = redrivenFacts(
    "t",
    [row("s1", 0, 0), row("s1", 0, 1), row("s1", 3, 2), row("s2", 3, 0)],
    "cause",
  );
  expect(facts.map(({ fact }) => fact)).toMatchObject([
    { syncId: "s1", chunkIndex: 0, letters: [{ ordinal: 0, messageId: "m0" }, { ordinal: 1 }] },
    { syncId: "s1", chunkIndex: 3, letters: [{ ordinal: 2 }] },
    { syncId: "s2", chunkIndex: 3, letters: [{ ordinal: 0 }] },
  ]);
  expect(new Set(facts.map(({ eventId }) => eventId)).size).toBe(3);
  expect(facts.map(({ ref }) => ref.accountId)).toEqual(["acc_s1", "acc_s1", "acc_s2"]);
});

test("no fact names more letters than it may", () => {
  const rows = Array.from({ length: 1_001 }, (_, ordinal) => row("s1", 0, ordinal));
  const facts = redrivenFacts("t", rows, "cause");
  const sizes = facts.map(({ fact }) =>
    "letters" in factSchema.parse(fact) && "letters" in fact ? fact.letters.length : 0,
  );
  expect(sizes).toEqual([500, 500, 1]);
  expect(new Set(facts.map(({ eventId }) => eventId)).size).toBe(3);
});

test("nothing selected, nothing to say", () => {
  expect(redrivenFacts("t", [], "cause")).toEqual([]);
});
