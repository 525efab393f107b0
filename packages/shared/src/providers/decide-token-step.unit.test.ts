import { describe, expect, it } from "vitest";
import { decideTokenStep, renewAtMs, settleClaim, type TokenAsk } from "./decide-token-step.ts";
import type { ProviderFault } from "./mail-provider.ts";
import type { TokenRecord } from "./token-vault.ts";

const nowMs = 1_000_000_000;
const hourMs = 3_600_000;
const token = { accessToken: "x", refreshedAtMs: nowMs - hourMs / 2, expiresAtMs: nowMs + hourMs / 2 };
const kept: TokenRecord = { version: 5, grant: "g", token, refreshingUntilMs: null, failure: null };
const transient: ProviderFault = { category: "transient", message: "503" };
const failure = { fault: transient, inARow: 1, holdsUntilMs: nowMs + 500 };

const decide = (record: TokenRecord | null, ask: Partial<TokenAsk> = {}, atMs = nowMs) =>
  decideTokenStep({ record, nowMs: atMs }, { grant: "g", refused: null, awaited: null, ...ask }, 12_000);

/** When the kept token is due, and when it has ended for good. */
const dueMs = token.expiresAtMs - 60_000;
const spentMs = token.expiresAtMs - 30_000;

describe("given a vault, what somebody does who needs a token", () => {
  it("nothing is kept: claims version 1", () => {
    expect(decide(null)).toEqual({
      kind: "refresh",
      claim: { version: 1, grant: "g", token: null, failure: null, refreshingUntilMs: nowMs + 12_000 },
    });
  });

  it("a token that holds: uses it", () => {
    expect(decide(kept)).toEqual({ kind: "use", token, isNew: false });
    expect(decide(kept, {}, dueMs - 1).kind).toBe("use");
  });

  it("a token that is due: claims, and leaves it to the others meanwhile", () => {
    const claimed = { ...kept, version: 6, refreshingUntilMs: dueMs + 12_000 };
    expect(decide(kept, {}, dueMs)).toEqual({ kind: "refresh", claim: claimed });
    expect(decide(claimed, {}, dueMs)).toEqual({ kind: "use", token, isNew: false });
    const late = { ...claimed, refreshingUntilMs: spentMs + 5_000 };
    expect(decide(late, {}, spentMs)).toEqual({ kind: "wait", version: 6 });
  });

  it("the token that was refused: claims, and takes it away from the others", () => {
    const step = decide(kept, { refused: "x" });
    const claim = { ...kept, version: 6, token: null, refreshingUntilMs: nowMs + 12_000 };
    expect(step).toEqual({ kind: "refresh", claim });
    expect(decide(claim).kind).toBe("wait");
    expect(decide(claim, { refused: "x" }).kind).toBe("wait");
  });

  it("another token than the one that was refused: uses it", () => {
    expect(decide(kept, { refused: "older" })).toEqual({ kind: "use", token, isNew: false });
  });

  it("the token of another grant: claims as if there were none, also over a refresh that is under way", () => {
    for (const refreshingUntilMs of [null, nowMs + 9_000]) {
      const step = decide({ ...kept, refreshingUntilMs, failure }, { grant: "new" });
      expect(step).toMatchObject({
        kind: "refresh",
        claim: { version: 6, grant: "new", token: null, failure: null },
      });
    }
  });

  it("a claim that ran out without an end: claims anew", () => {
    const claimed = { ...kept, token: null, refreshingUntilMs: nowMs };
    expect(decide({ ...claimed, refreshingUntilMs: nowMs + 1 }).kind).toBe("wait");
    expect(decide(claimed)).toMatchObject({ kind: "refresh", claim: { version: 6 } });
  });

  it("the end of the refresh that was awaited: takes its token, however short its life, or its failure", () => {
    const brief = { ...token, expiresAtMs: nowMs - 1 };
    expect(decide({ ...kept, token: brief }, { awaited: 4 })).toEqual({
      kind: "use",
      token: brief,
      isNew: true,
    });
    const past = { ...failure, holdsUntilMs: nowMs };
    const failed = { ...kept, token: null, failure: past };
    expect(decide(failed, { awaited: 4 })).toEqual({ kind: "fail", fault: transient });
    expect(decide(failed, { awaited: 3 }).kind).toBe("refresh");
    expect(decide({ ...failed, refreshingUntilMs: nowMs + 1 }, { awaited: 4 }).kind).toBe("wait");
  });

  it("a failure a moment ago: shares it, and asks again when its time is over", () => {
    const failed = { ...kept, token: null, failure };
    expect(decide(failed)).toEqual({ kind: "fail", fault: transient });
    expect(decide(failed, {}, failure.holdsUntilMs)).toMatchObject({ kind: "refresh", claim: { failure } });
  });

  it("a failure while the token is due: uses what is left of it", () => {
    const failed = { ...kept, failure: { ...failure, holdsUntilMs: nowMs + hourMs } };
    expect(decide(failed, {}, dueMs).kind).toBe("use");
    expect(decide(failed, {}, spentMs).kind).toBe("fail");
    expect(decide(failed, { refused: "x" }).kind).toBe("fail");
  });
});

describe("what is kept after a refresh", () => {
  const claim = { ...kept, version: 6, refreshingUntilMs: nowMs + 12_000, failure };
  const issue = (expiresInMs: number) =>
    settleClaim(claim, { ok: true, value: { accessToken: "y", expiresInMs } }, nowMs, nowMs + 300);

  it("a token whose life counts from before it was asked for", () => {
    const fresh = { accessToken: "y", refreshedAtMs: nowMs, expiresAtMs: nowMs + hourMs };
    expect(issue(hourMs)).toEqual({
      version: 7,
      grant: "g",
      token: fresh,
      refreshingUntilMs: null,
      failure: null,
    });
  });

  it.each([
    [hourMs, 60_000],
    [600_000, 60_000],
    [5_000, 500],
    [0, 0],
  ])("a token of %i ms is renewed %i ms before its end", (lifetimeMs, beforeMs) => {
    const fresh = issue(lifetimeMs).token;
    if (fresh === null) throw new Error("no token");
    expect(fresh.expiresAtMs - renewAtMs(fresh)).toBe(beforeMs);
  });

  it("a life that makes no sense is cut to a day, or to nothing", () => {
    expect(issue(1e18).token?.expiresAtMs).toBe(nowMs + 24 * hourMs);
    expect(issue(-5).token?.expiresAtMs).toBe(nowMs);
  });

  const fail = (fault: Partial<ProviderFault>, inARow = 0) =>
    settleClaim(
      { ...claim, failure: inARow === 0 ? null : { ...failure, inARow } },
      { ok: false, fault: { ...transient, ...fault } },
      nowMs,
      nowMs + 300,
    );
  const heldMs = (record: TokenRecord) => (record.failure?.holdsUntilMs ?? 0) - nowMs - 300;

  it("a failure holds for a second, then twice as long each time, half a minute at most", () => {
    expect([0, 1, 2, 3, 5, 50].map((inARow) => heldMs(fail({}, inARow)))).toEqual([
      1_000, 2_000, 4_000, 8_000, 30_000, 30_000,
    ]);
    expect(fail({}, 2)).toMatchObject({ version: 7, token, refreshingUntilMs: null, failure: { inARow: 3 } });
  });

  it("a failure holds until the time that the provider names, a quarter of an hour at most", () => {
    expect(heldMs(fail({ category: "rate_limited", retryAtMs: nowMs + 60_300 }))).toBe(60_000);
    expect(heldMs(fail({ category: "rate_limited", retryAtMs: nowMs + 1e9 }))).toBe(15 * 60_000);
    expect(heldMs(fail({ category: "rate_limited", retryAtMs: nowMs }))).toBe(1_000);
  });

  it("lost consent ends the token, and holds nobody up", () => {
    const lost = fail({ category: "consent_lost" });
    expect([lost.token, heldMs(lost)]).toEqual([null, 0]);
  });
});
