import type { FaultCategory, ProviderFault, ProviderResult } from "@millrace/shared/providers/mail-provider";
import { describe, expect, it } from "vitest";
import { attemptsMax, decideFarewell } from "./decide-farewell.ts";

const moment = { nowMs: 1_000_000, random: 0.5 };
const watch = { step: "watch", done: "stopped" } as const;
const grant = { step: "grant", done: "revoked" } as const;
const refused = (category: FaultCategory, more: Partial<ProviderFault> = {}): ProviderResult<null> => ({
  ok: false,
  fault: { category, message: "no", ...more },
});

describe("saying farewell to the provider", () => {
  it("is over when it has done it", () => {
    const done = { ok: true, value: null } as const;
    expect(decideFarewell(watch, done, 0, moment)).toEqual({ kind: "over", outcome: "stopped" });
    expect(decideFarewell(grant, done, 3, moment)).toEqual({ kind: "over", outcome: "revoked" });
  });

  it("is over when there is no consent any more: nothing is left to take back", () => {
    for (const farewell of [watch, grant])
      expect(decideFarewell(farewell, refused("consent_lost"), 0, moment)).toEqual({
        kind: "over",
        outcome: "refused",
      });
  });

  it.each(["transient", "rate_limited", "token_expired", "unknown"] as const)(
    "is tried again after %s, later and later, and then goes on without: what we hold is removed in any case",
    (category) => {
      const decided = Array.from({ length: attemptsMax }, (_, attempts) =>
        decideFarewell(grant, refused(category), attempts, moment),
      );
      const dues = decided.flatMap((one) => (one.kind === "again" ? [one.dueAtMs] : []));
      expect(dues).toHaveLength(attemptsMax - 1);
      expect(dues).toEqual(dues.toSorted((a, b) => a - b));
      expect(dues.every((dueAtMs) => dueAtMs > moment.nowMs)).toBe(true);
      expect(decided.at(-1)).toEqual({ kind: "over", outcome: "failed" });
    },
  );

  it("waits as long as the provider says, within reason", () => {
    const until = (retryAtMs: number) =>
      decideFarewell(grant, refused("rate_limited", { retryAtMs }), 0, moment);
    expect(until(1_060_000)).toMatchObject({ kind: "again", dueAtMs: 1_060_000 });
    expect(until(Number.MAX_SAFE_INTEGER)).toMatchObject({ dueAtMs: moment.nowMs + 30 * 60_000 });
  });
});
