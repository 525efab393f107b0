import type { Sync } from "@millrace/client";
import { expect, it } from "vitest";
import { headlineOf, progressOf, timeLeftWords } from "./sync-words.ts";

const partial = (deadLettered: number, redriving: number): string =>
  headlineOf({
    status: "partial",
    progress: { deadLettered, redriving },
    ledger: { deadLettered },
  } as Sync);

it("a partial sync says what can be done about its dead letters, and what is being done", () => {
  expect(partial(1, 0)).toBe("Complete but for 1 dead letter, which can be redriven");
  expect(partial(3, 3)).toBe("Complete but for 3 dead letters, tried again now");
  expect(partial(1_200, 2)).toBe("Complete but for 1,200 dead letters; 2 are tried again now");
});

it("time that is left, that nobody knows, and the stillness that says more than a time", () => {
  const calm = { trouble: null };
  const troubled = { trouble: {} as Sync["trouble"] };
  expect(timeLeftWords({ kind: "left", seconds: 120 }, calm)).toBe("about 2 min left");
  expect(timeLeftWords({ kind: "unknown" }, calm)).toBe("time left not known yet");
  expect(timeLeftWords({ kind: "unknown" }, troubled)).toBe("time left not known");
  expect(timeLeftWords({ kind: "still", seconds: 125 }, calm)).toBe("nothing has moved for 2 min 5 s");
  expect(timeLeftWords({ kind: "still", seconds: 120 }, calm, true)).toBe(
    "nothing has moved for 2 min: no worker takes chunks",
  );
  expect(timeLeftWords({ kind: "none" }, calm)).toBeNull();
});

it("what is dealt with of open chunks counts; an API of an earlier release tells what is settled", () => {
  const shown = (progress: Partial<Sync["progress"]>, status: Sync["status"] = "running") =>
    progressOf({
      status,
      ledger: { listed: 100 },
      progress: { listed: 100, listingComplete: true, estimatedTotal: null, settled: 0, ...progress },
    } as Sync);
  expect(shown({ handled: 98 })).toEqual({ share: 0.98, text: "98 of 100", percent: "98 %" });
  expect(shown({ settled: 60 })).toEqual({ share: 0.6, text: "60 of 100", percent: "60 %" });
  expect(shown({ handled: 98, listingComplete: false }).text).toBe("98 so far");
  expect(shown({ handled: 98, listingComplete: false, estimatedTotal: 120 }).text).toBe("98 of about 120");
  expect(shown({ settled: 100, handled: 100 }, "partial")).toMatchObject({ share: 1, text: "100 of 100" });
});
