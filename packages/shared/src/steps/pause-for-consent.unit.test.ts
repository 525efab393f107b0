import { describe, expect, it } from "vitest";
import { factSchema } from "../events/facts.ts";
import { at, givenActive, givenCourse, givenRequest, moment, ref } from "../testing/given.ts";
import { endForRemovedAccount } from "./end-removed.ts";
import { pauseForConsent } from "./pause-for-consent.ts";

const course = givenCourse({ active: givenActive("s1"), waiting: [givenRequest("s2")] });

describe("lost consent", () => {
  it("pauses the account's syncs, if nothing else was decided meanwhile", () => {
    const [effect, ...others] = pauseForConsent(ref, { course, seq: 7 }, "invalid_grant", moment);
    expect(others).toEqual([]);
    expect(effect).toMatchObject({ expectedSeq: 7, eventId: "s1.paused.7" });
    expect(effect?.fact).toMatchObject({ type: "sync.paused", syncId: "s1", reason: "consent_lost" });
    const after = factSchema.parse(effect?.fact);
    expect("course" in after && after.course).toMatchObject({
      active: { syncId: "s1", run: 0 },
      waiting: [{ syncId: "s2" }],
      consentLost: { since: at, message: expect.stringContaining("invalid_grant") },
    });
  });

  it("says it once: not of what is paused already, and not of an idle account", () => {
    const lost = { ...course, consentLost: { since: at, message: "" } };
    const held = { ...course, held: [{ syncId: "s1", since: at }] };
    for (const other of [lost, held, givenCourse()])
      expect(pauseForConsent(ref, { course: other, seq: 7 }, "x", moment)).toEqual([]);
  });

  it("can be written down, whatever the provider's words", () => {
    const [effect] = pauseForConsent(ref, { course, seq: 7 }, "x".repeat(500), moment);
    expect(factSchema.safeParse(effect?.fact).success).toBe(true);
  });
});

describe("an account that is not in the database any more", () => {
  it("has its active sync end, if nothing else was decided meanwhile", () => {
    const [effect, ...others] = endForRemovedAccount(ref, { course, seq: 7 });
    expect(others).toEqual([]);
    expect(effect).toMatchObject({ expectedSeq: 7, eventId: "s1.ended" });
    expect(effect?.fact).toMatchObject({
      type: "sync.failed",
      category: "account_removed",
      course: { active: null, waiting: [{ syncId: "s2" }] },
    });
  });

  it("and that is idle needs nothing", () => {
    expect(endForRemovedAccount(ref, { course: givenCourse(), seq: 7 })).toEqual([]);
  });
});
