import { expect, test } from "vitest";
import { comparisonOf, standingOf } from "./comparison-words.ts";

test("the last comparison says what it found, and when that comes again and again", () => {
  const lastAt = "2026-01-01T00:00:00Z";
  expect(standingOf({ lastAt: null, differences: null, driftsInRow: 0 })).toBeNull();
  expect(standingOf({ lastAt, differences: 0, driftsInRow: 0 })).toBe("no difference");
  expect(standingOf({ lastAt, differences: 1, driftsInRow: 1 })).toBe("1 difference");
  expect(standingOf({ lastAt, differences: 1_200, driftsInRow: 3 })).toBe(
    "1,200 differences, in 3 comparisons in a row: somebody should look why",
  );
});

test("a comparison that was asked for says how far it is, what it found, or why it found nothing", () => {
  const running = {
    status: "running",
    listed: 500,
    missing: null,
    extra: null,
    changed: null,
    failure: null,
  } as const;
  expect(comparisonOf(running)).toBe("Comparing: 500 messages of the mailbox listed so far");
  const done = { ...running, status: "completed", missing: 0, extra: 0, changed: 0 } as const;
  expect(comparisonOf(done)).toBe("The copy is what the mailbox is: 500 messages compared");
  expect(comparisonOf({ ...done, missing: 2, changed: 1 })).toBe(
    "2 messages missing here, 1 message with other labels; of 500 messages",
  );
  const failure = { category: "consent_lost", message: "invalid_grant" };
  expect(comparisonOf({ ...running, status: "failed", failure })).toBe(
    "It could not be compared. invalid_grant",
  );
});
