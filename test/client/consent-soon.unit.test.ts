import { consentEndsSoon } from "@millrace/client";
import { consentSoonDays } from "@millrace/shared/providers/consent-soon-days";
import { expect, it } from "vitest";

it("a consent ends soon for the client when it does for the janitor, which tells of it, and for the metric", () => {
  const nowMs = Date.parse("2026-06-01T00:00:00Z");
  const endsIn = (days: number) => new Date(nowMs + days * 86_400_000).toISOString();
  const isSoon = (days: number) =>
    consentEndsSoon({ status: "connected", consentEndsAt: endsIn(days) }, nowMs);
  expect([isSoon(consentSoonDays), isSoon(consentSoonDays + 0.001)]).toEqual([true, false]);
});
