import type { Event } from "@millrace/client";
import { expect, test } from "vitest";
import { createPaint } from "../terminal/paint.ts";
import { renderFact } from "./render-fact.ts";

const paint = createPaint({ write: () => true }, {});
const event = (fact: Record<string, unknown>, fields: Partial<Event> = {}): Event => ({
  version: "1-7",
  id: "x",
  type: String(fact.type),
  source: "fetcher",
  time: "2026-06-01T12:34:56.789Z",
  accountId: "acc_1",
  syncId: "syn_1",
  fact,
  ...fields,
});
const line = (fact: Record<string, unknown>, fields?: Partial<Event>) =>
  renderFact(event(fact, fields), "ann@x.test", paint);

test("a fact is a line: when, what, whose, which sync, and its counts", () => {
  const ledger = { listed: 100, stored: 98, unchanged: 0, gone: 2, deadLettered: 0 };
  expect(
    line({ type: "sync.completed", course: { active: null }, ledger, status: "completed", revision: 1 }),
  ).toBe("12:34:56  sync.completed        ann@x.test  syn_1  status=completed listed=100 stored=98 gone=2");
});

test("lists are told by their length, nothing is told of what is empty", () => {
  const mail = { added: ["a", "b"], changed: [], deleted: ["c"] };
  expect(line({ type: "chunk.fetched", mail, chunkIndex: 3, watermark: null })).toMatch(
    / added=2 deleted=1 chunkIndex=3$/,
  );
});

test("why something failed comes first, and is safe for a terminal", () => {
  const fact = { type: "chunk.attempt_failed", attempt: 2, message: "a\u001b[2J\nb", category: "transient" };
  expect(line(fact)).toContain('syn_1  category=transient message="a [2J b" attempt=2');
});

test("a fact of no account names none, and one that says much is cut", () => {
  const cut = line(
    { type: "request.rejected", reason: "x".repeat(500), payload: "y".repeat(500) },
    { accountId: "_", syncId: null },
  );
  expect(cut).toMatch(/^12:34:56 {2}request\.rejected {6}reason=x+ payload=y+$/);
  expect(cut.length).toBeLessThan(260);
});
