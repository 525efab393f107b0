import type { ActiveSync } from "@millrace/shared/events/account-course";
import { derivedId } from "@millrace/shared/events/identifiers";
import type { MailLabel, MessageChange } from "@millrace/shared/providers/mail-provider";
import type { Page } from "@millrace/shared/steps/cut-chunks";
import type { PageDue } from "@millrace/shared/steps/sync-situation";
import { givenActive, givenPage, ref } from "@millrace/shared/testing/given";
import { givenContext } from "@millrace/shared/testing/memory-log";
import type { VerificationOutcome } from "@millrace/shared/verify/verification";
import { describe, expect, it } from "vitest";
import { type Answer, askForPage, type PageContent, roundsMax } from "./ask-for-page.ts";
import type { ChunkerPorts } from "./chunker-ports.ts";
import { memoryMailboxes } from "./testing/memory-mailboxes.ts";
import {
  emptyProfile,
  faultOf,
  type ScriptedMailbox,
  scriptedProvider,
} from "./testing/scripted-provider.ts";

const nowMs = 1_000;

interface Given {
  readonly stage: PageDue["stage"];
  readonly isNext?: boolean;
  readonly active?: Partial<ActiveSync>;
  readonly before?: Page | null;
  readonly mailbox?: Partial<ScriptedMailbox>;
  readonly hadCopy?: boolean;
  readonly findings?: ChunkerPorts["findings"];
  readonly verified?: VerificationOutcome;
}

/** Asks for a page, and says what was asked of whom for it. */
async function ask({ stage, isNext = false, before = null, hadCopy = false, ...more }: Given) {
  const provider = scriptedProvider(more.mailbox);
  const session = provider.connect({ ...ref, email: "", refreshToken: "" });
  const mailboxes = memoryMailboxes(hadCopy);
  const calls: unknown[] = [];
  const ports = {
    mailboxes,
    nowMs: () => nowMs,
    findings: async (...[of, id, pageToken, idsMax]: Parameters<ChunkerPorts["findings"]>) => {
      calls.push(["findings", id, pageToken]);
      return more.findings?.(of, id, pageToken, idsMax) ?? { ids: ["f"], nextPageToken: "f" };
    },
    verifier: {
      begin: async (...[, id, syncId]: Parameters<ChunkerPorts["verifier"]["begin"]>) =>
        void calls.push(["begin", id, syncId]),
      run: async (...[, , id]: Parameters<ChunkerPorts["verifier"]["run"]>) => {
        calls.push(["run", id]);
        return more.verified ?? ({ kind: "verified", counts } as const);
      },
      fail: async () => {},
    },
  };
  const due = { pageNumber: (before?.pageNumber ?? -1) + 1, stage, isNext };
  const active = givenActive("s1", more.active);
  const answer = await askForPage(ports, session, { ref, active, due, before }, givenContext());
  const baselines = mailboxes.baselines();
  return { answer, asked: provider.asked, saved: mailboxes.saved, baselines, calls };
}

const counts = { listed: 0, stored: 0, missing: 0, extra: 0, changed: 0, repairSyncId: null, driftsInRow: 0 };
const contentOf = (answer: Answer): PageContent => {
  if (answer.kind === "fault") throw new Error(answer.fault.message);
  return answer.content;
};
const change = (id: string): MessageChange => ({
  id,
  kind: "appeared",
  at: "50",
  added: [],
  removed: [],
  hiddenAs: null,
});
const label: MailLabel = { id: "L", name: "l", type: "user", textColor: null, backgroundColor: null };

describe("a page of a listing", () => {
  const pages = { "": { ids: ["a"], nextPageToken: "p1", estimatedTotal: 7 } };

  it("begins with the watermark, from which on changes are read at the end", async () => {
    const { answer, asked } = await ask({ stage: "listing", mailbox: { pages } });
    expect(asked).toEqual(["profile", { idsMax: 500 }]);
    expect(contentOf(answer)).toEqual({
      messageIds: ["a"],
      nextPageToken: "p1",
      estimatedTotal: 1_234,
      baseline: "42",
      since: "42",
      watermark: null,
      hadCopy: false,
      changes: null,
    });
  });

  it("of a whole mailbox takes a baseline, once", async () => {
    expect((await ask({ stage: "listing", mailbox: { pages } })).baselines).toBe(1);
    const before = givenPage(0, 1, { nextPageToken: "p1" });
    const next = { p1: { ids: ["b"], nextPageToken: null, estimatedTotal: null } };
    const later = await ask({ stage: "listing", isNext: true, before, mailbox: { pages: next } });
    expect(later.baselines).toBe(0);
    const some = await ask({ stage: "listing", active: { plan: ["listing"] }, mailbox: { pages } });
    expect(some.baselines).toBe(0);
  });

  it("says whether mail was there before, and carries it on, with the watermark", async () => {
    const first = contentOf((await ask({ stage: "listing", mailbox: { pages }, hadCopy: true })).answer);
    expect(first.hadCopy).toBe(true);
    const before = givenPage(0, 1, { ...first, nextPageToken: "p1" });
    const next = { p1: { ids: ["b"], nextPageToken: null, estimatedTotal: null } };
    const { answer, asked } = await ask({ stage: "listing", isNext: true, before, mailbox: { pages: next } });
    expect(asked).toEqual([{ idsMax: 500, pageToken: "p1" }]);
    expect(contentOf(answer)).toMatchObject({
      messageIds: ["b"],
      hadCopy: true,
      since: "42",
      baseline: null,
      estimatedTotal: 1_234,
    });
  });

  it("of a part of a mailbox leads to no changes", async () => {
    const active = { plan: ["listing" as const], scope: { query: "from:x" } };
    const { answer } = await ask({ stage: "listing", active, mailbox: { pages } });
    expect(contentOf(answer)).toMatchObject({ since: null, estimatedTotal: 7 });
  });

  it("of a sync that began anew takes a new watermark, whatever the pages before had", async () => {
    const before = givenPage(3, 100, { since: "7", stage: "changes", nextPageToken: "old" });
    const mailbox = { pages, profile: { ...emptyProfile, watermark: "99" } };
    const { answer, asked } = await ask({ stage: "listing", before, active: { round: 1 }, mailbox });
    expect(asked).toEqual(["profile", { idsMax: 500 }]);
    expect(contentOf(answer)).toMatchObject({ baseline: "99", since: "99" });
  });
});

describe("a page of differences", () => {
  const before = givenPage(4, 100, { nextPageToken: null, hadCopy: true, estimatedTotal: 9 });
  const id = derivedId("ver", "s1", "0", "42");

  it("is found by a verification that belongs to the sync, and begins once", async () => {
    const { answer, calls, asked } = await ask({ stage: "reconcile", before });
    expect(calls).toEqual([
      ["begin", id, "s1"],
      ["run", id],
      ["findings", id, null],
    ]);
    expect(asked).toEqual([]);
    expect(contentOf(answer)).toMatchObject({
      messageIds: ["f"],
      nextPageToken: "f",
      since: "42",
      hadCopy: true,
      estimatedTotal: 9,
      baseline: null,
    });
  });

  it("goes on with what was found, without comparing again", async () => {
    const page = { ...before, stage: "reconcile" as const, nextPageToken: "f" };
    const { calls } = await ask({ stage: "reconcile", isNext: true, before: page });
    expect(calls).toEqual([["findings", id, "f"]]);
  });

  it("is found by another verification when the sync began anew", async () => {
    const { calls } = await ask({ stage: "reconcile", before, active: { round: 1 } });
    expect(calls[0]).toEqual(["begin", derivedId("ver", "s1", "1", "42"), "s1"]);
    const relisted = await ask({ stage: "reconcile", before: { ...before, since: "43" } });
    expect(relisted.calls[0]).toEqual(["begin", derivedId("ver", "s1", "0", "43"), "s1"]);
  });

  it("says how it failed, and whether it got further", async () => {
    for (const gotFurther of [true, false]) {
      const verified = { kind: "fault", ...faultOf("rate_limited"), gotFurther } as const;
      const { answer } = await ask({ stage: "reconcile", before, verified });
      expect(answer).toMatchObject({ kind: "fault", fault: { category: "rate_limited" }, gotFurther });
    }
    const { answer } = await ask({ stage: "reconcile", before, verified: { kind: "over", why: "taken" } });
    expect(answer).toMatchObject({ kind: "fault", fault: { category: "transient" } });
  });
});

describe("a page of findings", () => {
  it("is of the verification that the sync repairs, and asks no provider", async () => {
    const active = { repairOf: "ver_9", plan: ["findings" as const] };
    const { answer, calls, asked } = await ask({ stage: "findings", active });
    expect([calls, asked]).toEqual([[["findings", "ver_9", null]], []]);
    expect(contentOf(answer)).toMatchObject({
      messageIds: ["f"],
      since: null,
      watermark: null,
      changes: null,
    });
  });
});

describe("a page of changes", () => {
  const changes = { "": { changes: [change("a"), change("b")], nextPageToken: null, watermark: "60" } };
  const incremental = { mode: "incremental", plan: ["changes"], since: "7" } as const;
  const active = { ...incremental, plan: [...incremental.plan] };

  it("of an incremental sync begins at the account's watermark", async () => {
    const { answer, asked } = await ask({ stage: "changes", active, mailbox: { changes, labels: [label] } });
    expect(asked).toContainEqual({ since: "7" });
    expect(contentOf(answer)).toMatchObject({
      messageIds: ["a", "b"],
      changes: [
        { kind: "appeared", at: "50" },
        { kind: "appeared", at: "50" },
      ],
      since: "7",
      watermark: "60",
      nextPageToken: null,
      baseline: null,
    });
  });

  it("of a full sync begins where its listing did", async () => {
    for (const stage of ["listing", "reconcile"] as const) {
      const before = givenPage(1, 100, { stage, since: "42", hadCopy: true, nextPageToken: null });
      const { answer, asked } = await ask({ stage: "changes", before, mailbox: { changes } });
      expect(asked).toContainEqual({ since: "42" });
      expect(contentOf(answer)).toMatchObject({ since: "42", watermark: "60", hadCopy: true });
    }
  });

  it("goes on from the same start, and keeps the watermark of the first", async () => {
    const before = givenPage(0, 1, { stage: "changes", since: "7", watermark: "60", nextPageToken: "p1" });
    const next = { p1: { changes: [change("c")], nextPageToken: null, watermark: "70" } };
    const { answer, asked, saved } = await ask({
      stage: "changes",
      isNext: true,
      before,
      active,
      mailbox: { changes: next },
    });
    expect(asked).toEqual([{ since: "7", pageToken: "p1" }]);
    expect(saved).toEqual([]);
    expect(contentOf(answer)).toMatchObject({ messageIds: ["c"], since: "7", watermark: "60" });
  });

  it("that is read once more begins where the last ones ended", async () => {
    const before = givenPage(0, 1, { stage: "changes", since: "7", watermark: "60", nextPageToken: null });
    const again = { "": { changes: [], nextPageToken: null, watermark: "80" } };
    const { answer, asked } = await ask({ stage: "changes", before, active, mailbox: { changes: again } });
    expect(asked).toContainEqual({ since: "60" });
    expect(contentOf(answer)).toMatchObject({ messageIds: [], changes: [], since: "60", watermark: "80" });
  });

  it("comes with the labels as they are called now, seen before they were asked for", async () => {
    const { asked, saved } = await ask({ stage: "changes", active, mailbox: { changes, labels: [label] } });
    expect(asked).toContain("labels");
    expect(saved).toEqual([[[label], nowMs]]);
  });

  it("gives no message a label that was deleted since, and looks again for one that the first look has not", async () => {
    const relabelled = { ...change("a"), kind: "relabelled", added: ["L", "deleted", "new"] } as const;
    const page = { "": { changes: [relabelled], nextPageToken: null, watermark: "60" } };
    const later = { ...label, id: "new" };
    const { answer, asked, saved } = await ask({
      stage: "changes",
      active: { ...incremental, plan: ["changes"] },
      mailbox: { changes: page, labels: [label], laterLabels: [label, later] },
    });
    expect(contentOf(answer).changes).toMatchObject([{ added: ["L", "new"] }]);
    expect(asked.filter((call) => call === "labels")).toHaveLength(2);
    expect(saved).toEqual([[[label, later], nowMs]]);
  });

  it("that goes on looks at the labels only when a message was given one", async () => {
    const before = givenPage(0, 1, { stage: "changes", since: "7", watermark: "60", nextPageToken: "p1" });
    const goOn = (added: string[]) =>
      ask({
        stage: "changes",
        isNext: true,
        before,
        mailbox: {
          changes: { p1: { changes: [{ ...change("c"), added }], nextPageToken: null, watermark: "70" } },
          labels: [label],
        },
      });
    expect((await goOn([])).asked).not.toContain("labels");
    const { answer, asked } = await goOn(["L", "deleted"]);
    expect(asked).toContain("labels");
    expect(contentOf(answer).changes).toMatchObject([{ added: ["L"] }]);
  });

  it("is not listed, and nothing saved, when its labels cannot be had", async () => {
    const { answer, saved } = await ask({
      stage: "changes",
      active,
      mailbox: { changes, labels: faultOf("transient") },
    });
    expect([answer.kind, saved]).toEqual(["fault", []]);
  });

  it("cannot be read when the provider has forgotten the watermark; the sync begins anew", async () => {
    const mailbox = { changes: { "": faultOf("watermark_expired") } };
    for (let round = 0; round < roundsMax; round++) {
      const { answer } = await ask({
        stage: "changes",
        active: { round },
        before: givenPage(0, 1, { round, nextPageToken: null }),
        mailbox,
      });
      expect(answer).toMatchObject({ kind: "fault", fault: { category: "watermark_expired" } });
    }
  });

  it("is empty, and without a watermark, when that has happened again and again: no loop", async () => {
    const { answer } = await ask({
      stage: "changes",
      active: { round: roundsMax },
      before: givenPage(0, 1, { round: roundsMax, nextPageToken: null, hadCopy: true }),
      mailbox: { changes: { "": faultOf("watermark_expired") } },
    });
    expect(contentOf(answer)).toMatchObject({
      messageIds: [],
      nextPageToken: null,
      watermark: null,
      changes: null,
      since: "42",
      hadCopy: true,
    });
  });

  it("of another fault is one in any round", async () => {
    const { answer } = await ask({
      stage: "changes",
      active: { round: roundsMax },
      before: givenPage(0, 1, { round: roundsMax, nextPageToken: null }),
      mailbox: { changes: { "": faultOf("rate_limited") } },
    });
    expect(answer).toMatchObject({ kind: "fault", fault: { category: "rate_limited" } });
  });
});
