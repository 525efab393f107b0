import { loseConsent } from "@millrace/shared/events/evolve-course";
import type { Fact, FactOf } from "@millrace/shared/events/facts";
import {
  at,
  eventOf,
  givenActive,
  givenCourse,
  givenFetched,
  givenProgress,
  givenShare,
  givenStarted,
} from "@millrace/shared/testing/given";
import { describe, expect, it } from "vitest";
import { isTold, webhookMessagesOf } from "./webhook-messages-of.ts";
import { type WebhookPayload, webhookPayloads } from "./webhook-payload.ts";

const accountId = "acc_1";
const payloadsOf = (fact: Fact, id?: string) => webhookMessagesOf(eventOf(fact, id)).map((m) => m.payload);
const fetched = (more: Partial<FactOf<"chunk.fetched">>) => givenFetched(givenProgress(1), more);
const mail = { added: ["a", "b"], changed: ["c"], deleted: [] };

const completed: FactOf<"sync.completed"> = {
  type: "sync.completed",
  syncId: "s1",
  status: "partial",
  ledger: givenShare(10, { stored: 9, deadLettered: 1 }),
  revision: 3,
  chunkCount: 1,
  watermark: "42",
  course: givenCourse(),
};
const failed: FactOf<"sync.failed"> = {
  type: "sync.failed",
  syncId: "s1",
  category: "ledger_imbalance",
  message: "a bug",
  request: null,
  course: givenCourse(),
};
const paused = (syncId: string, reason: "consent_lost" | "requested", since: string | null) =>
  ({
    type: "sync.paused",
    syncId,
    reason,
    message: "m",
    request: null,
    course:
      since === null
        ? givenCourse({ active: givenActive(syncId) })
        : loseConsent(givenCourse(), since, "invalid_grant"),
  }) satisfies FactOf<"sync.paused">;

describe("what follows from a fact", () => {
  it("a sync that completed is told with its ledger", () => {
    expect(payloadsOf(completed)).toEqual([
      {
        type: "sync.completed",
        timestamp: at,
        version: 1,
        data: { accountId, syncId: "s1", status: "partial", ledger: completed.ledger },
      },
    ]);
  });

  it("a sync that failed is told with its reason", () => {
    expect(payloadsOf(failed)).toMatchObject([
      {
        type: "sync.failed",
        data: { accountId, syncId: "s1", category: "ledger_imbalance", message: "a bug" },
      },
    ]);
  });

  it("lost consent is one message, whatever number of syncs pause for it; lost again, it is another", () => {
    const tell = (syncId: string, since: string) =>
      webhookMessagesOf(eventOf(paused(syncId, "consent_lost", since), `${syncId}.paused`));
    const [first, second, later] = [tell("s1", at), tell("s2", at), tell("s3", "2026-02-01T00:00:00.000Z")];
    expect(first).toHaveLength(1);
    expect(second).toEqual(first);
    expect(later[0]?.key).not.toBe(first[0]?.key);
    expect(first[0]?.payload).toEqual({
      type: "account.reauth_required",
      timestamp: at,
      version: 1,
      data: { accountId, message: "invalid_grant" },
    });
  });

  it("a pause that a person asked for is nobody's business, also while consent is lost", () => {
    expect(payloadsOf(paused("s1", "requested", null))).toEqual([]);
    expect(payloadsOf(paused("s1", "requested", at))).toEqual([]);
  });

  it("a consent that ends is told with its end", () => {
    const endsAt = "2026-06-08T12:00:00.000Z";
    expect(payloadsOf({ type: "account.consent_ending", endsAt })).toEqual([
      { type: "account.consent_ending", timestamp: at, version: 1, data: { accountId, endsAt } },
    ]);
  });

  it("a copy that differs is told from the second time in a row on, with what differs", () => {
    const verified = (driftsInRow?: number): FactOf<"account.verified"> => ({
      type: "account.verified",
      verificationId: "ver_1",
      listed: 10,
      missing: 3,
      extra: 2,
      changed: 1,
      repairSyncId: "s1",
      ...(driftsInRow === undefined ? {} : { driftsInRow }),
    });
    for (const drifts of [undefined, 0, 1]) expect(payloadsOf(verified(drifts))).toEqual([]);
    expect(payloadsOf(verified(2))).toEqual([
      {
        type: "account.drift_repeated",
        timestamp: at,
        version: 1,
        data: { accountId, verificationId: "ver_1", driftsInRow: 2, missing: 3, extra: 2, changed: 1 },
      },
    ]);
    expect(isTold("account.verified")).toBe(true);
  });

  it("new mail is told with counts and ids", () => {
    expect(payloadsOf(fetched({ lane: "live", mail }))).toEqual([
      {
        type: "mail.changed",
        timestamp: at,
        version: 1,
        data: {
          accountId,
          syncId: "s1",
          counts: { added: 2, changed: 1, deleted: 0 },
          ...mail,
          truncated: false,
        },
      },
    ]);
  });

  it("the copying of a whole mailbox is no news, nor is a chunk that did nothing", () => {
    expect(payloadsOf(fetched({ lane: "bulk", mail }))).toEqual([]);
    expect(payloadsOf(fetched({ lane: "live" }))).toEqual([]);
  });

  it("mail of dead letters, and of a chunk that could not be settled, is told", () => {
    const letters = [{ ordinal: 0, outcome: "stored" as const }];
    const settled = { syncId: "s1", chunkIndex: 0, letters, mail, progress: givenProgress(1) };
    expect(payloadsOf({ type: "dead_letters.settled", ...settled })).toHaveLength(1);
    expect(payloadsOf({ type: "chunk.abandoned", syncId: "s1", chunkIndex: 0, mail })).toHaveLength(1);
  });

  it("the largest chunk of Gmail's ids is whole, and the longest ids there can be do not make a payload large", () => {
    const ids = (prefix: string, count: number, length: number) =>
      Array.from({ length: count }, (_, i) => `${prefix}${i}`.padEnd(length, "x"));
    const gmail = { added: ids("a", 500, 16), changed: [], deleted: [] };
    expect(payloadsOf(fetched({ lane: "live", mail: gmail }))).toMatchObject([
      { data: { ...gmail, truncated: false } },
    ]);
    const huge = { added: ids("a", 500, 1024), changed: ids("c", 500, 1024), deleted: ids("d", 500, 1024) };
    const [payload] = payloadsOf(fetched({ lane: "live", mail: huge }));
    expect(payload).toMatchObject({
      data: { truncated: true, counts: { added: 500, changed: 500, deleted: 500 } },
    });
    expect(JSON.stringify(payload).length).toBeLessThan(32 * 1024);
  });

  it("other facts are not told", () => {
    expect(payloadsOf(givenStarted())).toEqual([]);
  });
});

it("facts that have something to tell are read, and what is told has the described form", () => {
  const facts: Fact[] = [
    completed,
    failed,
    paused("s1", "consent_lost", at),
    fetched({ lane: "live", mail }),
  ];
  for (const fact of facts) {
    expect(isTold(fact.type)).toBe(true);
    const [payload] = payloadsOf(fact) as [WebhookPayload];
    const [schema] = webhookPayloads[payload.type];
    expect(schema.strict().parse(payload)).toEqual(payload);
  }
  expect(isTold("page.listed")).toBe(false);
});
