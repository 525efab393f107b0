import { describe, expect, it } from "vitest";
import { forecastStore, type SizeSample } from "./forecast-store.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const gib = 1024 ** 3;
const start = Date.parse("2026-11-01T00:00:00Z");
const none = { bytesMax: null, levelsOffAtMs: null };

/** Hour by hour for so many days. */
const hourly = (days: number, bytesAt: (day: number) => number): SizeSample[] =>
  Array.from({ length: days * 24 + 1 }, (_, hour) => ({
    atMs: start + hour * hourMs,
    bytes: Math.round(bytesAt(hour / 24)),
  }));
const daysLeft = (samples: readonly SizeSample[], bytesMax: number, levelsOffAtMs: number | null = null) => {
  const { fullAtMs } = forecastStore(samples, { bytesMax, levelsOffAtMs });
  return fullAtMs === null ? null : (fullAtMs - (samples.at(-1)?.atMs ?? 0)) / dayMs;
};

describe("a store", () => {
  it("that grows evenly is full when its line says so", () => {
    const samples = hourly(28, (day) => 10 * gib + day * gib);
    expect(forecastStore(samples, none).bytesPerDay).toBe(gib);
    expect(daysLeft(samples, 100 * gib)).toBeCloseTo(62, 3);
  });

  it("is not forecast before it has been looked at for two days, on a new installation least of all", () => {
    const growing = (day: number) => day * 50 * gib;
    expect(forecastStore([], { ...none, bytesMax: gib })).toEqual({ bytesPerDay: null, fullAtMs: null });
    expect(daysLeft(hourly(1, growing), 100 * gib)).toBeNull();
    const fewLooks = hourly(3, growing).filter((_, n) => n % 12 === 0);
    expect(daysLeft(fewLooks, 1_000 * gib)).toBeNull();
    expect(daysLeft(hourly(2, growing), 1_000 * gib)).toBeCloseTo(18, 3);
  });

  it("that took in many mailboxes at once and grows little since is judged by the little", () => {
    const samples = hourly(14, (day) => (day < 1 ? day * 60 * gib : 60 * gib + (day - 1) * 0.1 * gib));
    expect(daysLeft(samples, 100 * gib)).toBeGreaterThan(300);
  });

  it("that is emptied every few hours is judged by what remains", () => {
    const samples = hourly(28, (day) => day * gib + ((day * 4) % 1) * 5 * gib);
    expect((forecastStore(samples, none).bytesPerDay ?? 0) / gib).toBeCloseTo(1, 1);
  });

  it("that began to grow a fortnight ago and more is seen", () => {
    const samples = hourly(28, (day) => 10 * gib + Math.max(0, day - 10) * gib);
    expect(daysLeft(samples, 60 * gib)).toBeLessThan(60);
  });

  it("that keeps its size, shrinks, or has no limit is never full", () => {
    expect(
      daysLeft(
        hourly(10, () => 90 * gib),
        100 * gib,
      ),
    ).toBeNull();
    expect(
      daysLeft(
        hourly(10, (day) => 90 * gib - day * gib),
        100 * gib,
      ),
    ).toBeNull();
    expect(
      forecastStore(
        hourly(10, (day) => day * gib),
        none,
      ).fullAtMs,
    ).toBeNull();
    expect(
      daysLeft(
        hourly(10, (day) => day),
        100 * gib,
      ),
    ).toBeNull(); // in millions of years
  });

  it("of which old messages begin to leave before it is full is not full", () => {
    const samples = hourly(5, (day) => day * gib);
    const inDays = (days: number) => start + (5 + days) * dayMs;
    expect(daysLeft(samples, 20 * gib, inDays(10))).toBeNull();
    expect(daysLeft(samples, 20 * gib, inDays(20))).toBeCloseTo(15, 3);
  });

  it("that is full is full now, also when it was not looked at for long", () => {
    expect(
      daysLeft(
        hourly(0, () => 2 * gib),
        gib,
      ),
    ).toBe(0);
  });
});
