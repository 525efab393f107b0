import type { RetentionRun } from "@millrace/client";
import { expect, it } from "vitest";
import { createPaint } from "../terminal/paint.ts";
import { describeRun, renderRuns } from "./render-runs.ts";

const run = (change: Partial<RetentionRun>): RetentionRun =>
  ({
    removed: {},
    bytes: 0,
    failure: null,
    dryRun: false,
    state: "completed",
    isDone: true,
    ...change,
  }) as RetentionRun;

it("a run says what it has removed, and that it has left something for the next one", () => {
  expect(describeRun(run({}))).toBe("nothing");
  expect(describeRun(run({ removed: { messages: 1_204 }, bytes: 12_000_000 }))).toBe("1,204 messages, 12 MB");
  const cut = { removed: { messages: 5_000 }, isDone: false };
  expect(describeRun(run(cut))).toBe("5,000 messages; more is due: the next run goes on");
  expect(describeRun(run({ ...cut, dryRun: true }))).toBe("would be 5,000 messages");
  expect(describeRun(run({ state: "running", isDone: false }))).toBe("");
  expect(describeRun(run({ state: "failed", isDone: false, failure: "no room" }))).toBe("no room");
});

it("a run says who wanted it: its schedule, an operator for everybody, or the tenant", () => {
  const at = { task: "syncs", requestedAt: "2026-11-30T10:00:00Z", startedAt: null, endedAt: null } as const;
  const runs = [
    { askedBy: null, tenantId: null },
    { askedBy: "operator", tenantId: null },
    { askedBy: "key_1", tenantId: "acme" },
  ].map((one) => run({ ...at, ...one }));
  const paint = createPaint({ write: () => true }, {});
  const lines = renderRuns(runs, paint, Date.parse("2026-11-30T10:00:00Z")).trimEnd().split("\n");
  expect(lines.map((line) => line.split(/ {2,}/).slice(3, 5))).toEqual([
    ["OF", "BY"],
    ["everybody", "schedule"],
    ["everybody", "operator"],
    ["acme", "tenant"],
  ]);
});
