import { expect, test } from "vitest";
import type { Sync } from "../resources.ts";
import { syncWith } from "../testing/sync-with.ts";
import { besideLedger } from "./beside-ledger.ts";

const beside = (listed: number, stored: number, progress: Partial<Sync["progress"]>) => {
  const ledger = { listed, stored, unchanged: 0, gone: 0, deadLettered: 0, balanced: listed === stored };
  return besideLedger(syncWith({ settled: stored, ...progress }, { ledger }));
};

test("what is dealt with of open chunks is neither in the ledger nor still to come", () => {
  expect(beside(430, 0, { handled: 393 })).toEqual({ handled: 393, left: 37 });
  expect(beside(430, 100, { handled: 393 })).toEqual({ handled: 293, left: 37 });
  expect(beside(430, 430, { handled: 430 })).toEqual({ handled: 0, left: 0 });
});

test("an API of an earlier release tells of chunks that are done only", () => {
  const { handled: _, ...older } = syncWith({ settled: 100 }).progress;
  const ledger = { listed: 430, stored: 100, unchanged: 0, gone: 0, deadLettered: 0, balanced: false };
  expect(besideLedger({ ledger, progress: older as Sync["progress"] })).toEqual({ handled: 0, left: 330 });
});
