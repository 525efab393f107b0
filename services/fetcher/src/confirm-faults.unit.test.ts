import { type AttemptHistory, noHistory } from "@millrace/shared/events/attempt";
import { decideAttempt, defaultAttemptPolicy } from "@millrace/shared/runtime/decide-attempt";
import { givenContext } from "@millrace/shared/testing/memory-log";
import { describe, expect, it } from "vitest";
import { confirmFaults, lastAttemptOf } from "./confirm-faults.ts";
import type { FetchReport, MessageOutcome } from "./fetch-report.ts";
import { governingFault } from "./fetch-report.ts";
import { faultOf, givenChunk, givenRedrive, givenReport, letter, open } from "./testing/given.ts";
import { type Answers, memoryMailbox, memoryStore } from "./testing/memory-mail.ts";

const history = (streak: number) => ({ history: { failed: streak, streak, poison: 0 } });
const forbidden = open("consent_lost", { isConfirmed: false, status: 403 });
const refusedByToken = faultOf("consent_lost", { isConfirmed: true });

/** One of four messages is not settled. */
const oneOf = (outcome: MessageOutcome) =>
  givenReport({ a: "stored", b: "stored", c: "unchanged", d: outcome });
const allOf = (outcome: MessageOutcome) => givenReport({ a: outcome, b: outcome, c: outcome, d: outcome });

async function confirm(
  report: FetchReport,
  {
    streak = 0,
    profile,
    work = givenChunk(history(streak)),
    others = [],
    answers = {},
  }: {
    streak?: number;
    profile?: ReturnType<typeof faultOf>;
    work?: ReturnType<typeof givenChunk> | ReturnType<typeof givenRedrive>;
    others?: readonly string[];
    answers?: Answers;
  } = {},
) {
  const mailbox = memoryMailbox({ answers, ...(profile === undefined ? {} : { profile }) });
  const session = mailbox.connect({ ...work.ref, email: "", refreshToken: "" });
  const confirmed = await confirmFaults(
    session,
    memoryStore({ before: others }),
    work,
    report,
    givenContext(),
  );
  return { category: governingFault(confirmed)?.category, confirmed, looks: mailbox.asked.length };
}

describe("a mailbox is not looked at", () => {
  it("when everything is settled, or a passing fault has not lasted", async () => {
    for (const report of [
      oneOf({ kind: "stored" }),
      oneOf(letter()),
      allOf(open("transient")),
      allOf(open("unknown")),
    ]) {
      const { confirmed, looks } = await confirm(report, { streak: 29 });
      expect([confirmed, looks]).toEqual([report, 0]);
    }
  });
});

describe("single messages that fail on and on", () => {
  it("have a last attempt, which is told from the first one on", async () => {
    let before: AttemptHistory = noHistory;
    const told: (number | undefined)[] = [];
    for (let next = "retry"; next === "retry"; ) {
      const { category = "gone" } = await confirm(oneOf(open("transient")), { streak: before.streak });
      const verdict = decideAttempt({ category, gotFurther: false }, before, { nowMs: 0, random: 0 });
      const isAccident = category === "transient";
      told.push(isAccident ? lastAttemptOf(verdict.history, defaultAttemptPolicy) : verdict.setAsideAt);
      before = verdict.history;
      next = verdict.next;
    }
    expect(before.failed).toBe(38);
    expect(told).toEqual([...Array(37).fill(38), undefined]);
  });

  it("are refused for their own fault, once the mailbox can be read all the while", async () => {
    expect((await confirm(oneOf(open("transient")), { streak: 29 })).category).toBe("transient");
    expect((await confirm(oneOf(open("transient")), { streak: 30 })).category).toBe("unknown");
  });

  it("are not, while the provider is away, however long: waiting spends no budget (rule I6)", async () => {
    for (const category of ["transient", "rate_limited", "token_expired"] as const) {
      const { category: seen } = await confirm(oneOf(open("transient")), {
        streak: 5_000,
        profile: faultOf(category),
      });
      expect(seen).toBe("transient");
    }
  });

  it("are, when they are many, only if another message can be read: else the provider has none to give", async () => {
    const [all, lasting] = [allOf(open("transient")), { streak: 30, others: ["other"] }];
    expect((await confirm(all, lasting)).category).toBe("unknown");
    expect((await confirm(all, { ...lasting, streak: 29 })).category).toBe("transient");
    expect((await confirm(all, { ...lasting, answers: { other: [faultOf("gone")] } })).category).toBe(
      "unknown",
    );
    expect((await confirm(all, { ...lasting, answers: { other: [faultOf("transient")] } })).category).toBe(
      "transient",
    );
    expect((await confirm(all, { ...lasting, answers: { other: ["left out"] } })).category).toBe("transient");
    expect((await confirm(all, { streak: 5_000 })).category).toBe("transient");
  });

  it("are, when it is one that is asked for alone, although nothing else is there to compare it with", async () => {
    expect((await confirm(givenReport({ a: open("transient") }), { streak: 30 })).category).toBe("unknown");
  });

  it("are, however many, when they are dead letters that were put back: nothing is lost", async () => {
    const report = givenReport({ a: open("transient"), b: open("transient"), c: open("transient") });
    expect((await confirm(report, { work: givenRedrive(history(30)) })).category).toBe("unknown");
  });

  it("leave the faults of the others as they are", async () => {
    const report = givenReport({
      ...{ a: "stored", b: "stored", c: "stored", e: "stored", f: "stored", g: "stored" },
      d: open("transient"),
      h: open("bad_item"),
    });
    const { confirmed } = await confirm(report, { streak: 30 });
    expect(confirmed.outcomes.get("d")).toMatchObject({ fault: { category: "unknown" } });
    expect(confirmed.outcomes.get("h")).toEqual(open("bad_item"));
  });
});

describe("messages that are refused for want of consent", () => {
  it("are taken for an accident when the mailbox can be read", async () => {
    expect((await confirm(allOf(forbidden))).category).toBe("transient");
  });

  it("are believed when the token endpoint says so", async () => {
    expect((await confirm(allOf(forbidden), { profile: refusedByToken })).category).toBe("consent_lost");
  });

  it("are not doubted then, however few they are", async () => {
    const { category, looks } = await confirm(oneOf(forbidden), { profile: refusedByToken, streak: 3 });
    expect([category, looks]).toEqual(["consent_lost", 2]);
  });

  it("are believed when the mailbox refuses everything and goes on to, also of a chunk that is half stored", async () => {
    const profile = faultOf("consent_lost", { isConfirmed: false, status: 403 });
    for (const report of [allOf(forbidden), oneOf(forbidden)]) {
      expect((await confirm(report, { profile, streak: 0 })).category).toBe("transient");
      expect((await confirm(report, { profile, streak: 3 })).category).toBe("consent_lost");
    }
  });

  it("are believed when all are forbidden for long, although the mailbox may be looked at", async () => {
    expect((await confirm(allOf(forbidden), { streak: 3 })).category).toBe("consent_lost");
  });

  it("are refused for their own fault when they are few and the mailbox can be read: it does not pause for them", async () => {
    expect((await confirm(oneOf(forbidden), { streak: 3 })).category).toBe("unknown");
    const redrive = givenRedrive(history(3));
    const report = givenReport({ a: forbidden, b: forbidden, c: forbidden });
    expect((await confirm(report, { work: redrive })).category).toBe("unknown");
  });

  it("are what the mailbox says when that is something else", async () => {
    const { category } = await confirm(allOf(forbidden), { profile: faultOf("rate_limited") });
    expect(category).toBe("rate_limited");
  });
});
