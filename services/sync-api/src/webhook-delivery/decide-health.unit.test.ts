import { describe, expect, it } from "vitest";
import { decideHealth, type EndpointHealth } from "./decide-health.ts";
import type { WebhookAnswer } from "./webhook-answer.ts";
import { defaultWebhookPolicy as policy } from "./webhook-policy.ts";

const dayMs = 24 * 3_600_000;
const taken: WebhookAnswer = { kind: "taken", status: 200 };
const gone: WebhookAnswer = { kind: "gone", status: 410 };
const failed: WebhookAnswer = { kind: "failed", status: null, error: "ECONNREFUSED", retryAfterMs: null };
const sound: EndpointHealth = { failures: 0, failingForMs: null, failedAgoMs: null };
const failing = (failures: number, failingForMs: number, failedAgoMs = 60_000): EndpointHealth => ({
  failures,
  failingForMs,
  failedAgoMs,
});
const decide = (before: EndpointHealth, ...answers: WebhookAnswer[]) =>
  decideHealth(before, answers, 0.999_999, policy);

describe("an endpoint", () => {
  it("that takes something is sound, whatever failed beside it", () => {
    const verdict = { failures: 0, failing: "not", leaveAloneMs: null, disable: null };
    expect(decide(failing(40, 4 * dayMs), failed, taken)).toEqual(verdict);
  });

  it("that fails now and then is not left alone", () => {
    expect(decide(sound, failed)).toEqual({
      failures: 1,
      failing: "anew",
      leaveAloneMs: null,
      disable: null,
    });
    expect(decide(failing(3, 1_000), failed)).toMatchObject({
      failures: 4,
      failing: "on",
      leaveAloneMs: null,
    });
  });

  it("that fails again and again is left alone, for longer each time, up to ten minutes", () => {
    expect(decide(failing(4, 1_000), failed).leaveAloneMs).toBe(5_000);
    expect(decide(failing(5, 1_000), failed).leaveAloneMs).toBe(10_000);
    expect(decide(failing(500, 1_000), failed).leaveAloneMs).toBeCloseTo(600_000, -1);
    expect(decide(sound, ...Array<WebhookAnswer>(8).fill(failed)).leaveAloneMs).toBe(40_000);
  });

  it("that answers, if only with errors, is left alone for half a minute at most", () => {
    const refused: WebhookAnswer = { kind: "failed", status: 500, error: "status 500", retryAfterMs: null };
    expect(decide(failing(500, 1_000), refused, failed).leaveAloneMs).toBe(30_000);
  });

  it("that says that it is gone is disabled at once, also when it took something at the same time", () => {
    expect(decide(sound, taken, gone).disable).toBe("gone");
  });

  it("that has taken nothing for days is disabled, and not before", () => {
    expect(decide(failing(90, 4.9 * dayMs), failed).disable).toBeNull();
    expect(decide(failing(90, 5.1 * dayMs), failed).disable).toBe("failing");
  });

  it("whose last failure is long ago has a new trouble, and is not disabled for the old one", () => {
    expect(decide(failing(90, 30 * dayMs, 2 * dayMs), failed)).toEqual({
      failures: 1,
      failing: "anew",
      leaveAloneMs: null,
      disable: null,
    });
  });
});
