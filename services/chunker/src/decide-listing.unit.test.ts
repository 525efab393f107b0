import { factSchema } from "@millrace/shared/events/facts";
import type { NetChange } from "@millrace/shared/events/message-change";
import { listingItemSchema } from "@millrace/shared/events/work-item";
import type { ProviderFault } from "@millrace/shared/providers/mail-provider";
import { defaultAttemptPolicy } from "@millrace/shared/runtime/decide-attempt";
import type { Outcome } from "@millrace/shared/runtime/outcome";
import {
  at,
  givenActive,
  givenCourse,
  givenListItem,
  givenPage,
  givenRequest,
  moment,
  ref,
} from "@millrace/shared/testing/given";
import { describe, expect, it } from "vitest";
import { type PageContent, roundsMax } from "./ask-for-page.ts";
import {
  type ClaimedListing,
  decideListing,
  type ListingReport,
  type ListingSituation,
} from "./decide-listing.ts";
import { appended, enqueued } from "./testing/given.ts";

const claimed = (pageNumber = 0, more: Partial<ClaimedListing["item"]> = {}): ClaimedListing => ({
  ref,
  item: givenListItem(pageNumber, more),
  enqueuedAtMs: 77,
});
const running: ListingSituation = {
  course: givenCourse({ active: givenActive("s1") }),
  seq: 9,
  credentialsVersion: 1,
  newestPage: null,
  newestPageSeq: 0,
};
const content: PageContent = {
  messageIds: [],
  nextPageToken: "more",
  estimatedTotal: 1_000,
  baseline: "42",
  since: "42",
  watermark: null,
  hadCopy: false,
  changes: null,
};
const first = {
  kind: "listed",
  content,
  labelsRemoved: [],
  stage: "listing",
  round: 0,
  joined: 0,
  before: null,
} as const;
const listed = (ids: readonly string[], nextPageToken: string | null = "more"): ListingReport => ({
  ...first,
  content: { ...content, messageIds: [...ids], nextPageToken },
});
const third: ListingReport = {
  ...first,
  content: { ...content, messageIds: ["a"], nextPageToken: null, estimatedTotal: null, baseline: null },
  before: givenPage(1, 250),
};
type Fault = Extract<ListingReport, { kind: "fault" }>;
const refused = (
  category: ProviderFault["category"],
  more: Partial<ProviderFault> = {},
  situation: Partial<Fault> = {},
): ListingReport => ({
  kind: "fault",
  fault: { category, message: "Invalid label: NOPE", ...more },
  gotFurther: false,
  stage: "listing",
  isNext: false,
  credentialsVersion: 1,
  ...situation,
});
const decide = (report: ListingReport, situation = running, claim = claimed()): Outcome => {
  const outcome = decideListing(claim, report, situation, defaultAttemptPolicy, moment);
  for (const { fact } of appended(outcome)) expect(factSchema.safeParse(fact).error).toBeUndefined();
  for (const { item } of enqueued(outcome)) expect(listingItemSchema.safeParse(item).error).toBeUndefined();
  return outcome;
};
const factsOf = (outcome: Outcome) => appended(outcome).map(({ fact }) => fact);

describe("a page that was listed", () => {
  it("is a fact, first writer wins; the first one carries the baseline", () => {
    const ids = Array.from({ length: 250 }, (_, i) => `m${i}`);
    expect(decide(listed(ids))).toMatchObject({
      kind: "done",
      effects: [
        {
          eventId: "s1.page.0",
          expectedSeq: 0,
          expectedOn: "evt.acme.acc_1.page.s1.*",
          fact: {
            type: "page.listed",
            messageIds: ids,
            nextPageToken: "more",
            firstChunk: 0,
            chunkCount: 3,
            chunkSize: 100,
            listedBefore: 0,
            estimatedTotal: 1_000,
            baseline: "42",
            stage: "listing",
            round: 0,
            since: "42",
            watermark: null,
            joined: 0,
            hadCopy: false,
            changes: null,
          },
        },
      ],
    });
  });

  it("comes with the labels that its look has found to be removed", () => {
    const facts = factsOf(decide({ ...first, labelsRemoved: ["L1", "L2"] }));
    expect(facts).toMatchObject([
      { type: "page.listed" },
      { type: "labels.removed", syncId: "s1", labelIds: ["L1", "L2"] },
    ]);
  });

  it("counts on from the page before", () => {
    const after = { ...running, newestPage: givenPage(1, 250) };
    expect(factsOf(decide(third, after, claimed(2)))).toMatchObject([
      { pageNumber: 2, firstChunk: 8, chunkCount: 1, listedBefore: 750, nextPageToken: null },
    ]);
  });

  it("is not recorded when the page before it is another one by now, or none: the log was restored", () => {
    const others = [null, givenPage(0, 500), givenPage(1, 250, { mark: "other" })];
    for (const newestPage of others)
      expect(decide(third, { ...running, newestPage }, claimed(2)).kind).toBe("ignore");
  });

  it("without messages has no chunks", () => {
    expect(factsOf(decide(listed([])))).toMatchObject([{ messageIds: [], chunkCount: 0 }]);
  });
});

describe("a page of which nobody wants to know any more", () => {
  it.each<[string, Partial<ListingSituation["course"]>]>([
    ["has ended", { active: null }],
    ["made way for another", { active: givenActive("s2") }],
    ["began anew", { active: givenActive("s1", { run: 1 }) }],
    ["was paused by a person", { held: [{ syncId: "s1", since: at }] }],
    ["waits for consent", { consentLost: { since: at, message: "" } }],
  ])("is not recorded when its sync %s", (_, more) => {
    const situation = { ...running, course: { ...running.course, ...more } };
    for (const report of [listed(["a"]), refused("transient"), { kind: "account_removed" } as const])
      expect(decide(report, situation).kind).toBe("ignore");
  });

  it("was not even asked for", () => {
    expect(decide({ kind: "void", why: "listed before" })).toEqual({ kind: "ignore", why: "listed before" });
  });
});

describe("a page that was not listed", () => {
  it.each(["transient", "rate_limited", "token_expired", "unknown"] as const)(
    "because of %s is tried again later: a fact, and work that waits on the queue",
    (category) => {
      const outcome = decide(refused(category));
      const [attempt] = factsOf(outcome);
      const [again] = enqueued(outcome);
      expect(attempt).toMatchObject({ type: "page.attempt_failed", pageNumber: 0, category, attempt: 1 });
      expect(again).toMatchObject({ lane: "list", item: { pageNumber: 0, history: { failed: 1 } } });
      expect(again?.dueAtMs).toBeGreaterThan(moment.nowMs);
      expect(attempt).toMatchObject({ nextAt: new Date(again?.dueAtMs ?? 0).toISOString() });
    },
  );

  it("waits as long as the provider says", () => {
    const retryAtMs = moment.nowMs + 90_000;
    const [again] = enqueued(decide(refused("rate_limited", { retryAtMs })));
    expect(again?.dueAtMs).toBe(retryAtMs + 500);
  });

  it("remembers what came before, and tells its attempts apart", () => {
    const again = claimed(0, { history: { failed: 3, streak: 2, poison: 1 } });
    const outcome = decide(refused("unknown"), running, again);
    expect(enqueued(outcome)[0]?.item.history).toEqual({ failed: 4, streak: 3, poison: 2 });
    const ids = [claimed(), again, { ...claimed(), enqueuedAtMs: 78 }].flatMap((claim) => {
      const one = decide(refused("transient"), running, claim);
      return [appended(one)[0]?.eventId, enqueued(one)[0]?.dedupeId];
    });
    expect(new Set(ids).size).toBe(6);
  });

  it("ends the sync with the provider's words when it is refused for good", () => {
    const last = claimed(0, { history: { failed: 7, streak: 7, poison: 7 } });
    const outcome = decide(refused("unknown"), running, last);
    expect(factsOf(outcome)).toMatchObject([
      { type: "page.attempt_failed", next: "set_aside", nextAt: null },
      {
        type: "sync.failed",
        category: "unknown",
        message: "The mailbox cannot be listed: Invalid label: NOPE",
        course: { active: null },
      },
    ]);
    expect(appended(outcome)[1]).toMatchObject({ eventId: "s1.ended", expectedSeq: 9 });
    expect(enqueued(outcome)).toEqual([]);
  });

  it("pauses the account when its owner has taken back the consent; what resumes it plans the page anew", () => {
    const outcome = decide(refused("consent_lost"));
    expect(factsOf(outcome)).toMatchObject([
      { type: "page.attempt_failed", next: "pause", nextAt: null },
      { type: "sync.paused", reason: "consent_lost", course: { active: { syncId: "s1" } } },
    ]);
    expect(appended(outcome)[1]?.expectedSeq).toBe(9);
    expect(enqueued(outcome)).toEqual([]);
  });

  it("is tried again with the credentials that came in the meantime", () => {
    for (const credentialsVersion of [2, null]) {
      const outcome = decide(refused("consent_lost"), { ...running, credentialsVersion });
      expect(factsOf(outcome)).toMatchObject([{ type: "page.attempt_failed", category: "transient" }]);
      expect(enqueued(outcome)).toHaveLength(1);
    }
  });
});

describe("a page of an account that is not in the database any more", () => {
  it("ends the sync", () => {
    const course = { ...running.course, waiting: [givenRequest("s2")] };
    const outcome = decide({ kind: "account_removed" }, { ...running, course });
    expect(factsOf(outcome)).toMatchObject([
      { type: "sync.failed", category: "account_removed", course: { active: null } },
    ]);
  });
});

describe("a page of changes", () => {
  const changes = [
    { kind: "relabelled", at: "50", added: ["A"], removed: [], hiddenAs: null },
    { kind: "hidden", at: "51", added: ["TRASH"], removed: ["INBOX"], hiddenAs: "trash" },
  ] as const satisfies readonly NetChange[];
  const before = givenPage(1, 250, { nextPageToken: null });
  const report: ListingReport = {
    kind: "listed",
    content: {
      ...content,
      messageIds: ["a", "b"],
      nextPageToken: null,
      baseline: null,
      watermark: "60",
      hadCopy: true,
      changes: changes.map((change) => ({
        ...change,
        added: [...change.added],
        removed: [...change.removed],
      })),
    },
    labelsRemoved: [],
    stage: "changes",
    round: 1,
    joined: 3,
    before,
  };

  it("says what has become of each message, up to where it was read, and who had joined before", () => {
    const course = givenCourse({ active: givenActive("s1", { round: 1, joined: 5 }) });
    const facts = factsOf(decide(report, { ...running, course, newestPage: before }, claimed(2)));
    expect(facts).toEqual([
      expect.objectContaining({
        pageNumber: 2,
        stage: "changes",
        round: 1,
        joined: 3, // as it was before anybody was asked: who joined since may not be answered by it
        since: "42",
        watermark: "60",
        hadCopy: true,
        messageIds: ["a", "b"],
        changes,
        firstChunk: 8,
        chunkCount: 1,
        listedBefore: 750,
      }),
    ]);
  });
});

describe("a place that the provider has forgotten", () => {
  const incremental = givenActive("s1", { mode: "incremental", plan: ["changes"], since: "7", run: 0 });
  const reading: ListingSituation = {
    ...running,
    course: givenCourse({ active: incremental, watermark: "7" }),
  };
  const expired = refused("watermark_expired", {}, { stage: "changes" });

  it("makes the sync begin anew, as a full one, of a new run, and asks for nothing itself", () => {
    const outcome = decide(expired, reading);
    expect(factsOf(outcome)).toMatchObject([
      { type: "page.attempt_failed", category: "watermark_expired" },
      {
        type: "sync.rebased",
        syncId: "s1",
        course: {
          watermark: "7",
          active: { mode: "full", plan: ["listing", "reconcile", "changes"], round: 1, run: 1 },
        },
      },
    ]);
    expect(appended(outcome)[1]).toMatchObject({ eventId: "s1.rebased.1", expectedSeq: 9 });
    expect(enqueued(outcome)).toEqual([]);
  });

  it("says each beginning once, and a later one again", () => {
    const later = givenCourse({ active: givenActive("s1", { round: 1 }) });
    const ids = [reading, { ...reading, course: later }].map(
      (situation) => appended(decide(expired, situation))[1]?.eventId,
    );
    expect(ids).toEqual(["s1.rebased.1", "s1.rebased.2"]);
  });

  it("makes a full sync go through its own stages again", () => {
    const course = givenCourse({ active: givenActive("s1") });
    expect(factsOf(decide(expired, { ...running, course }))[1]).toMatchObject({
      type: "sync.rebased",
      course: { active: { plan: ["listing", "reconcile", "changes"], round: 1 } },
    });
  });

  it("is none where nothing was to be gone on with: a listing whose beginning answers like that is tried again", () => {
    const outcome = decide(refused("watermark_expired"));
    expect(factsOf(outcome).map(({ type }) => type)).not.toContain("sync.rebased");
  });

  const last = claimed(1, { history: { failed: 7, streak: 7, poison: 7 } });
  const goingOn = refused("unknown", {}, { isNext: true });

  it("is a page token that is refused for good: the listing begins anew while rounds are left", () => {
    expect(factsOf(decide(goingOn, running, last)).map(({ type }) => type)).toEqual([
      "page.attempt_failed",
      "sync.rebased",
    ]);
    const spent = givenCourse({ active: givenActive("s1", { round: roundsMax }) });
    expect(factsOf(decide(goingOn, { ...running, course: spent }, last))[1]).toMatchObject({
      type: "sync.failed",
      category: "unknown",
    });
  });

  it("is no page token that is refused for the first time", () => {
    expect(factsOf(decide(goingOn, running, claimed(1)))).toMatchObject([{ type: "page.attempt_failed" }]);
  });
});

describe("a comparison that met a fault", () => {
  it("waits no longer for having got further, and longer for each attempt that did not", () => {
    const again = claimed(0, { history: { failed: 5, streak: 5, poison: 0 } });
    const waits = [true, false].map((gotFurther) => {
      const outcome = decide(refused("transient", {}, { stage: "reconcile", gotFurther }), running, again);
      return enqueued(outcome)[0]?.item.history.streak;
    });
    expect(waits[0]).toBeLessThan(waits[1] ?? 0);
  });
});
