import { describe, expect, it } from "vitest";
import { noProgress, settleLetters } from "../events/chunk-progress.ts";
import type { Fact, FactOf } from "../events/facts.ts";
import { letterId } from "./project-letter.ts";
import { at, fetchedChunk, pageOf, projectFacts, started } from "./testing/given.ts";

const page = pageOf(0);
const fetched = fetchedChunk(noProgress, 1, 2);
const redriven: Fact = {
  type: "dead_letters.redriven",
  syncId: "s1",
  chunkIndex: 1,
  content: "raw",
  letters: [{ ordinal: 1, messageId: "m1" }],
};
const refused: Fact = {
  type: "dead_letters.refused",
  syncId: "s1",
  chunkIndex: 1,
  attempt: 3,
  letters: [{ ordinal: 1, messageId: "m1", category: "unknown", message: "what is this" }],
};
const settle = (
  ordinal: number,
  outcome: "stored" | "discarded",
  before = fetched.progress,
): FactOf<"dead_letters.settled"> => {
  const after = settleLetters(before, [{ ordinal, outcome }]);
  if (after === null) throw new Error("the letter was open");
  return {
    type: "dead_letters.settled",
    syncId: "s1",
    chunkIndex: 1,
    letters: after.settled,
    mail: { added: [], changed: [], deleted: [] },
    progress: after.progress,
  };
};

const letterOf = (facts: readonly Fact[], ordinal = 1) =>
  projectFacts(facts).dead_letters.get(letterId("s1", ordinal));
const chunkOf = (facts: readonly Fact[]) => projectFacts(facts).chunks.get("s1/1");

describe("a dead letter's row", () => {
  it("says what was set aside, where, why and after how many attempts", () => {
    expect(letterOf([started, page, fetched])).toMatchObject({
      tenant_id: "acme",
      account_id: "acc_1",
      chunk_index: 1,
      provider_id: "m1",
      scope: "message",
      category: "bad_item",
      error: "cannot be read",
      attempts: 2,
      state: "open",
      outcome: null,
      created_at: at,
    });
    const { type: _type, ...common } = fetched;
    const setAside: Fact = {
      type: "chunk.dead_lettered",
      ...common,
      category: "crash_loop",
      message: "died",
    };
    expect(letterOf([started, page, setAside])?.scope).toBe("chunk");
  });

  it("follows a redrive to its success, its refusal, and its end", () => {
    const facts = [started, page, fetched, redriven];
    expect(letterOf(facts)).toMatchObject({ state: "redriving", content: "raw" });
    expect(letterOf([...facts, refused])).toMatchObject({ state: "open", category: "unknown", attempts: 5 });
    expect(letterOf([...facts, settle(1, "stored")])).toMatchObject({ state: "resolved", outcome: "stored" });
    expect(letterOf([started, page, fetched, settle(1, "discarded")])?.state).toBe("discarded");
    expect(letterOf([...facts, settle(1, "stored")], 0)?.state).toBe("open");
  });

  it("counts a refusal that is told twice once", () => {
    expect(letterOf([started, page, fetched, redriven, refused, refused])?.attempts).toBe(5);
  });

  it("stays settled", () => {
    const facts = [started, page, fetched, redriven, settle(1, "stored")];
    expect(letterOf([...facts, redriven, refused])).toMatchObject({
      state: "resolved",
      category: "bad_item",
    });
  });
});

describe("a chunk's row", () => {
  const failed: Fact = {
    type: "chunk.attempt_failed",
    syncId: "s1",
    category: "transient",
    message: "503",
    attempt: 1,
    next: "retry",
    nextAt: at,
    chunkIndex: 1,
    settled: 0,
    open: 100,
    isRedrive: false,
  };

  it("knows its attempts, what went wrong last, and when it is tried again", () => {
    expect(chunkOf([started, page])).toMatchObject({
      state: "listed",
      size: 100,
      attempts: 0,
      settled_at: null,
    });
    expect(chunkOf([started, page, failed])).toMatchObject({
      state: "listed",
      attempts: 1,
      last_fault: { category: "transient", message: "503", at },
      next_attempt_at: at,
    });
    expect(chunkOf([started, page, failed, fetched])).toMatchObject({
      state: "settled",
      attempt: 2,
      attempts: 2,
      next_attempt_at: null,
      stored: 98,
      dead_lettered: 2,
    });
  });

  it("is not touched by an attempt that ends after it was settled, unless that is a redrive", () => {
    expect(chunkOf([started, page, fetched, failed])).toMatchObject({ attempts: 2, last_fault: null });
    const redrive = { ...failed, isRedrive: true } as Fact;
    expect(chunkOf([started, page, fetched, redrive])).toMatchObject({ attempts: 2, next_attempt_at: at });
  });

  it("counts dead letters where they went, and each once", () => {
    const one = settle(1, "stored");
    expect(chunkOf([started, page, fetched, one])).toMatchObject({ stored: 99, dead_lettered: 1 });
    // A log that was restored had forgotten the first settlement: it is decided again.
    expect(chunkOf([started, page, fetched, one, one])).toMatchObject({ stored: 99, dead_lettered: 1 });
    expect(chunkOf([started, page, fetched, settle(1, "discarded")])).toMatchObject({
      stored: 98,
      dead_lettered: 2,
    });
  });

  it("is dead-lettered as a whole until its last letter has found its mail", () => {
    const { type: _type, ...common } = fetched;
    const setAside: Fact = {
      type: "chunk.dead_lettered",
      ...common,
      category: "crash_loop",
      message: "died",
    };
    const one = settle(0, "stored");
    const both = settle(1, "stored", one.progress);
    expect(chunkOf([started, page, setAside])).toMatchObject({
      state: "dead_lettered",
      last_fault: { category: "crash_loop", message: "died" },
    });
    expect(chunkOf([started, page, setAside, one])?.state).toBe("dead_lettered");
    expect(chunkOf([started, page, setAside, one, both])).toMatchObject({
      state: "settled",
      dead_lettered: 0,
    });
  });
});
