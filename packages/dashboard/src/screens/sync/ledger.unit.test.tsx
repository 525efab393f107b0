import type { Sync } from "@millrace/client";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { Ledger } from "./ledger.tsx";

const ledger = { listed: 430, stored: 0, unchanged: 0, gone: 0, deadLettered: 0, balanced: false };
const progress = { settled: 0, handled: 393 };
const textOf = (sync: object, hasEnded: boolean): string =>
  renderToStaticMarkup(<Ledger sync={sync as Sync} hasEnded={hasEnded} />).replaceAll(/<[^>]*>/g, " ");

test("the ledger of a sync that runs says what the bar says of open chunks, and what is still to come", () => {
  const text = textOf({ ledger, progress, status: "running" }, false);
  expect(text).toMatch(/Done in open chunks\s+393\s+Still to come\s+37\b/);
  expect(textOf({ ledger, progress: { settled: 0, handled: 0 }, status: "running" }, false)).not.toContain(
    "open chunks",
  );
});

test("what was stored of open chunks was not left behind by a sync that was cancelled", () => {
  const text = textOf({ ledger, progress, status: "cancelled" }, true);
  expect(text).toMatch(/Done in open chunks\s+393\b/);
  expect(text).toContain("37 messages were left behind when it ended.");
  const one = { ...progress, handled: 429 };
  expect(textOf({ ledger, progress: one, status: "failed" }, true)).toContain("1 message was left behind");
});
