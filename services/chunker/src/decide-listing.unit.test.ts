import { factSchema } from "@millrace/shared/events/facts";
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
const listed = (ids: readonly string[], nextPageToken: string | null = "more"): ListingReport => ({
  kind: "listed",
  page: { ids, nextPageToken, estimatedTotal: 1_000 },
  before: null,
  baseline: "42",
});
const third: ListingReport = {
  kind: "listed",
  page: { ids: ["a"], nextPageToken: null, estimatedTotal: null },
  before: givenPage(1, 250),
  baseline: null,
};
const refused = (category: ProviderFault["category"], more: Partial<ProviderFault> = {}): ListingReport => ({
  kind: "fault",
  fault: { category, message: "Invalid label: NOPE", ...more },
  credentialsVersion: 1,
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
          },
        },
      ],
    });
  });

  it("counts on from the page before", () => {
    const after = { ...running, newestPage: givenPage(1, 250) };
    expect(factsOf(decide(third, after, claimed(2)))).toMatchObject([
      { pageNumber: 2, firstChunk: 8, chunkCount: 1, listedBefore: 750, nextPageToken: null },
    ]);
  });

  it("is not recorded when the page before it is another one by now, or none: the log was restored", () => {
    const others = [
      null,
      givenPage(0, 500),
      givenPage(1, 249),
      givenPage(1, 250, { nextPageToken: "other" }),
    ];
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
