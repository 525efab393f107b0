import { expect, it } from "vitest";
import type { Sync } from "../resources.ts";
import { syncWith } from "../testing/sync-with.ts";
import { handledOf } from "./handled-of.ts";
import { missingMessagesOf, missingWords, triedAgainWords } from "./missing-messages.ts";

const openOf = (
  open: number | null | undefined,
  progress: Partial<Sync["progress"]> = {},
  status = "running",
) =>
  missingMessagesOf(
    syncWith(progress, { status: status as Sync["status"], trouble: { open } as Sync["trouble"] }),
  );

it("what an attempt left over is missing, and the rest of the sync where all else is dealt with", () => {
  const all = { listed: 300, settled: 200, handled: 298, listingComplete: true };
  expect(openOf(2, all)).toEqual({ count: 2, isRest: true });
  expect(openOf(2, { ...all, handled: 297 })).toEqual({ count: 2, isRest: false });
  const changesToCome = { ...all, listingComplete: false };
  expect(openOf(2, changesToCome)?.isRest).toBe(false);
  expect(openOf(2, { ...changesToCome, estimatedTotal: 300 })?.isRest).toBe(true);
  expect(openOf(2, { ...changesToCome, estimatedTotal: 290 })?.isRest).toBe(true);
  expect(openOf(2, { ...changesToCome, estimatedTotal: 301 })?.isRest).toBe(false);
});

it("nothing is missing of a listing, of what is set aside, of an earlier release's trouble, and of what does not run", () => {
  for (const open of [null, 0, undefined]) expect(openOf(open)).toBeNull();
  for (const status of ["paused", "partial", "failed"]) expect(openOf(2, {}, status)).toBeNull();
  expect(missingMessagesOf(syncWith())).toBeNull();
});

it("is said in words, of one and of many", () => {
  expect(missingWords({ count: 1, isRest: true })).toBe("1 message is still missing");
  expect(missingWords({ count: 1_200, isRest: true })).toBe("1,200 messages are still missing");
  expect(missingWords({ count: 1, isRest: false })).toBe("1 of the messages at hand is still missing");
  expect(missingWords({ count: 60, isRest: false })).toBe("60 of the messages at hand are still missing");
});

it("is said together with that it is tried again", () => {
  expect(triedAgainWords(null)).toBe("It is tried again by itself");
  expect(triedAgainWords({ count: 1, isRest: true })).toBe(
    "1 message is still missing; it is tried again by itself",
  );
  expect(triedAgainWords({ count: 2, isRest: true })).toBe(
    "2 messages are still missing; they are tried again by themselves",
  );
});

it("an API of an earlier release tells only what is settled", () => {
  const { handled: _, ...older } = syncWith({ settled: 200 }).progress;
  expect(handledOf(older as Sync["progress"])).toBe(200);
  expect(handledOf(syncWith({ settled: 200, handled: 298 }).progress)).toBe(298);
});
