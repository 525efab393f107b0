import type { FaultCategory } from "@millrace/shared/events/attempt";
import type { ProviderFault } from "@millrace/shared/providers/mail-provider";
import { describe, expect, it } from "vitest";
import { decideRenewal, type WatchSituation } from "./decide-renewal.ts";

const nowMs = Date.parse("2026-03-01T12:00:00Z");
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const given = (watch: Partial<WatchSituation> = {}): WatchSituation => ({
  accountId: "acc_1",
  isSet: true,
  expiresAtMs: nowMs + 6 * dayMs,
  isSilent: false,
  attempts: 0,
  isFailureTold: false,
  watermark: "100",
  ...watch,
});
const set = (watch: WatchSituation, watermark = "200", expiresAtMs = nowMs + 7 * dayMs, random = 0.5) =>
  decideRenewal(watch, { ok: true, value: { watermark, expiresAtMs } }, { nowMs, random });
const refused = (watch: WatchSituation, fault: Partial<ProviderFault> = {}, random = 0.5) =>
  decideRenewal(
    watch,
    { ok: false, fault: { category: "transient", message: "no", ...fault } },
    { nowMs, random },
  );

describe("a watch that is set", () => {
  it("is renewed within the day, and not by all accounts at once", () => {
    const due = [0, 0.25, 0.999].map(
      (random) => set(given(), "200", nowMs + 7 * dayMs, random).dueAtMs - nowMs,
    );
    expect(Math.max(...due)).toBeLessThanOrEqual(dayMs);
    expect(Math.min(...due)).toBeGreaterThan(21 * hourMs);
    expect(new Set(due).size).toBe(3);
  });

  it("that ends sooner than a day is renewed before it ends", () => {
    expect(set(given(), "200", nowMs + 10 * hourMs).dueAtMs).toBe(nowMs + 5 * hourMs);
  });

  it("that has ended already is not asked for without a pause", () => {
    expect(set(given(), "200", nowMs - dayMs).dueAtMs).toBeGreaterThanOrEqual(nowMs + 30_000);
  });

  it("without a gap asks for no sync, whatever the watermark", () => {
    const decision = set(given());
    expect(decision).toMatchObject({ catchUpTo: null, fact: { type: "watch.renewed", hadGap: false } });
    expect(decision.renewed).toEqual({ expiresAtMs: nowMs + 7 * dayMs, status: "active" });
  });

  it.each([
    ["for the first time", { isSet: false, expiresAtMs: null }],
    ["after it had ended", { expiresAtMs: nowMs - 1 }],
    ["after it was silent", { isSilent: true }],
  ])("%s asks for what nobody told us of", (_, watch) => {
    expect(set(given(watch))).toMatchObject({ catchUpTo: "200", fact: { hadGap: true } });
    expect(set(given(watch), "100").catchUpTo).toBeNull(); // the copy is complete up to there
    expect(set(given({ ...watch, watermark: null })).catchUpTo).toBeNull(); // nobody has asked for a copy yet
  });

  it("stays silent until a notification comes", () => {
    expect(set(given({ isSilent: true })).renewed?.status).toBe("silent");
  });

  it("forgets what had failed before", () => {
    expect(set(given({ attempts: 9, isFailureTold: true }))).toMatchObject({
      failure: null,
      isFailureTold: false,
    });
  });
});

describe("a watch that is refused", () => {
  it("is tried again with growing distance, spread, up to six hours", () => {
    const waits = Array.from({ length: 14 }, (_, attempts) => refused(given({ attempts })).dueAtMs - nowMs);
    expect(waits[0]).toBe(45_000);
    for (const [i, wait] of waits.entries()) expect(wait).toBeGreaterThanOrEqual(waits[i - 1] ?? 0);
    expect(waits.at(-1)).toBe(4.5 * hourMs);
    expect(refused(given({ attempts: 99 }), {}, 0.999).dueAtMs - nowMs).toBeLessThanOrEqual(6 * hourMs);
  });

  it("waits for the time that the provider names", () => {
    const retryAtMs = nowMs + 3 * hourMs;
    expect(refused(given(), { category: "rate_limited", retryAtMs }).dueAtMs).toBe(retryAtMs);
  });

  it.each<[FaultCategory & ProviderFault["category"], number]>([
    ["transient", 3],
    ["rate_limited", 3],
    ["token_expired", 3],
    ["consent_lost", 1],
    ["unknown", 1],
  ])("with %s is told once, at attempt %i", (category, at) => {
    let watch = given();
    const told: number[] = [];
    for (let attempt = 1; attempt <= 10; attempt++) {
      const { fact, isFailureTold } = refused(watch, { category });
      if (fact?.type === "watch.failed") told.push(fact.attempts);
      watch = { ...watch, attempts: attempt, isFailureTold };
    }
    expect(told).toEqual([at]);
  });

  it("leaves the one that is still set alone", () => {
    expect(refused(given({ attempts: 5 })).renewed).toBeNull();
  });
});
