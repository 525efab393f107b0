import { holdSync } from "@millrace/shared/events/evolve-course";
import type { Fact, FactOf } from "@millrace/shared/events/facts";
import { workSubject } from "@millrace/shared/events/subjects";
import type { FetchItem } from "@millrace/shared/events/work-item";
import type { Account } from "@millrace/shared/postgres/load-account";
import { defaultAttemptPolicy } from "@millrace/shared/runtime/decide-attempt";
import { processDelivery } from "@millrace/shared/runtime/process-delivery";
import {
  at,
  givenActive,
  givenChunkItem,
  givenCourse,
  givenFetched,
  givenPage,
  givenProgress,
  givenRedriveItem,
  givenShare,
  givenStarted,
  ref,
} from "@millrace/shared/testing/given";
import { deliveryOf, givenContext, type MemoryLog, memoryLog } from "@millrace/shared/testing/memory-log";
import { describe, expect, it } from "vitest";
import { ClaimGate } from "./claim-gate.ts";
import { suspectAfterDeliveries } from "./decide-guard.ts";
import { createFetchChunk } from "./fetch-chunk.ts";
import { BaselineMovedError, type FetcherPorts, type MailStore } from "./fetcher-ports.ts";
import { faultOf } from "./testing/given.ts";
import { memoryClaims } from "./testing/memory-claims.ts";
import { memoryMailbox, memoryStore, noAttachments } from "./testing/memory-mail.ts";

const account: Account = {
  ...ref,
  provider: "gmail",
  email: "a@example.com",
  content: "full",
  refreshToken: "",
  attachments: "eager",
  baseline: null,
  ownGrant: null,
  runningSyncsMax: null,
  weight: 1,
  credentialsVersion: 1,
};
const refusal = faultOf("consent_lost", { isConfirmed: true });
const stepOf = (log: MemoryLog, more: Partial<FetcherPorts> = {}) =>
  createFetchChunk({
    state: log.state,
    accounts: { load: async () => account },
    provider: memoryMailbox(),
    store: memoryStore(),
    attachments: noAttachments,
    claims: memoryClaims(),
    gate: new ClaimGate(),
    attemptPolicy: defaultAttemptPolicy,
    flushBytesMax: 1024 ** 2,
    ...more,
  });
const deliver = (log: MemoryLog, item: FetchItem, more: Partial<FetcherPorts> = {}, deliveryCount = 1) =>
  processDelivery(
    stepOf(log, more),
    deliveryOf(workSubject("bulk", ref, "s1"), item, { deliveryCount }),
    givenContext(),
    log,
  );
/** The page that has the chunk. */
const pageWith = (messageIds: readonly string[] = ["a", "b", "c", "d"]) =>
  givenPage(0, 0, { messageIds: [...messageIds], firstChunk: 3, chunkCount: 1 });
const running = () => memoryLog(givenStarted(), pageWith());
const withLetters = () => {
  const progress = givenProgress(1, givenShare(20, { stored: 10, deadLettered: 10 }));
  return givenFetched(progress);
};

describe("a claimed chunk", () => {
  it("is fetched and settled", async () => {
    const log = running();
    expect((await deliver(log, givenChunkItem())).kind).toBe("done");
    expect(log.facts.at(-1)).toMatchObject({ type: "chunk.fetched", lane: "bulk", ledger: { stored: 4 } });
  });

  it("is fetched anew when a look at the whole mailbox begins before it is stored", async () => {
    const log = running();
    const provider = memoryMailbox();
    const marks = ["first", "second"];
    const store = memoryStore();
    const write: MailStore["write"] = (work, messages) => {
      if (work.baseline !== "second") throw new BaselineMovedError();
      return store.write(work, messages);
    };
    const load = async () => ({ ...account, baseline: marks.shift() ?? "second" });
    await deliver(log, givenChunkItem(), { provider, store: { ...store, write }, accounts: { load } });
    expect(provider.asked).toHaveLength(2);
    expect(log.facts.at(-1)).toMatchObject({ type: "chunk.fetched", ledger: { stored: 4 } });
  });

  it("is void when that look is another sync's", async () => {
    const log = running();
    const store = memoryStore();
    const write: MailStore["write"] = () => {
      log.append(givenStarted(givenActive("s2")));
      throw new BaselineMovedError();
    };
    const provider = memoryMailbox();
    const outcome = await deliver(log, givenChunkItem(), { provider, store: { ...store, write } });
    expect([outcome.kind, provider.asked.length]).toEqual(["ignore", 1]);
    expect(log.facts.at(-1)).toMatchObject({ type: "sync.started" });
  });

  it("that is delivered again is settled once, and asks nobody", async () => {
    const log = running();
    await deliver(log, givenChunkItem());
    const provider = memoryMailbox();
    expect((await deliver(log, givenChunkItem(), { provider })).kind).toBe("ignore");
    expect([log.facts.length, provider.asked]).toEqual([3, []]);
  });

  it("is settled after another one that was faster, without being fetched again", async () => {
    const log = running();
    const provider = memoryMailbox();
    let isFirst = true;
    const progress: MemoryLog["state"]["progress"] = async (...wanted) => {
      const seen = await log.state.progress(...wanted);
      if (provider.asked.length > 0 && isFirst) {
        isFirst = false;
        log.append(givenFetched(givenProgress(1)));
      }
      return seen;
    };
    await deliver(log, givenChunkItem(), { provider, state: { ...log.state, progress } });
    expect(provider.asked).toHaveLength(1);
    expect(log.facts.at(-1)).toMatchObject({ chunkIndex: 3, progress: { settledCount: 2, revision: 2 } });
  });

  it.each<[string, Fact]>([
    ["is over", givenStarted(givenActive("s2"))],
    ["was planned anew", givenStarted(givenActive("s1", { run: 1 }))],
    ["is paused", givenStarted(undefined, holdSync(givenCourse({ active: givenActive("s1") }), "s1", at))],
  ])("whose sync %s asks nobody and stores nothing", async (_, fact) => {
    const log = memoryLog(fact);
    const [provider, store] = [memoryMailbox(), memoryStore()];
    expect((await deliver(log, givenChunkItem(), { provider, store })).kind).toBe("ignore");
    expect([provider.asked, store.writes, log.facts]).toEqual([[], [], [fact]]);
  });

  it("whose sync is paused while it is fetched keeps what it stored, says so, and settles nothing", async () => {
    const started = givenStarted();
    const log = memoryLog(started);
    const course = holdSync(started.course, "s1", at);
    const provider = memoryMailbox({
      onMessage: (id) => {
        if (id === "a")
          log.append({
            type: "sync.paused",
            syncId: "s1",
            reason: "requested",
            message: "",
            request: null,
            course,
          });
      },
    });
    const store = memoryStore();
    expect((await deliver(log, givenChunkItem(), { provider, store })).kind).toBe("done");
    expect(store.writes.flat()).toHaveLength(4);
    expect(log.facts.slice(1)).toMatchObject([
      { type: "sync.paused" },
      { type: "chunk.abandoned", mail: { added: ["a", "b", "c", "d"] } },
    ]);
  });

  it("is not settled when the log has lost its page, or has listed it anew since", async () => {
    for (const pages of [[], [{ ...pageWith(), mark: "anew" }]]) {
      const log = memoryLog(givenStarted(), ...pages);
      expect((await deliver(log, givenChunkItem())).kind).toBe("ignore");
      expect(log.facts).toHaveLength(1 + pages.length);
    }
    const next = givenPage(1, 1, { firstChunk: 4, chunkCount: 1 });
    const log = memoryLog(givenStarted(), pageWith(), next);
    expect((await deliver(log, givenChunkItem())).kind).toBe("done");
    const ahead = givenChunkItem({ pageNumber: 2, chunkIndex: 5 });
    expect((await deliver(log, ahead)).kind).toBe("ignore");
  });

  it("of an account that was removed ends the sync, and stores nothing", async () => {
    const log = running();
    const [provider, store] = [memoryMailbox(), memoryStore()];
    await deliver(log, givenChunkItem(), { provider, store, accounts: { load: async () => null } });
    expect(log.facts.at(-1)).toMatchObject({ type: "sync.failed", category: "account_removed" });
    expect([provider.asked, store.writes]).toEqual([[], []]);
  });

  it("that was not settled waits on the queue; what is stored of it stays stored", async () => {
    const log = running();
    const store = memoryStore();
    const provider = memoryMailbox({ answers: { d: Array(9).fill(faultOf("transient")) } });
    await deliver(log, givenChunkItem(), { provider, store });
    expect(log.facts.at(-1)).toMatchObject({ type: "chunk.attempt_failed", settled: 3, open: 1 });
    const [again] = log.work;
    expect(again?.dueAtMs).toBeGreaterThan(Date.parse(at));
    await deliver(log, again?.item as FetchItem, { store });
    expect(log.facts.at(-1)).toMatchObject({ type: "chunk.fetched", attempt: 2, ledger: { stored: 4 } });
  });
});

describe("a mailbox that refuses us", () => {
  const refusing = () => memoryMailbox({ answers: { b: [refusal] }, profile: refusal });

  it("pauses its syncs", async () => {
    const log = running();
    await deliver(log, givenChunkItem(), { provider: refusing() });
    expect(log.facts.map(({ type }) => type)).toEqual([
      "sync.started",
      "page.listed",
      "sync.paused",
      "chunk.attempt_failed",
    ]);
    expect(log.work).toEqual([]);
  });

  it("is asked for its profile before it is believed: one call that was refused proves nothing", async () => {
    const log = running();
    const provider = memoryMailbox({ answers: { b: [faultOf("consent_lost", { isConfirmed: false })] } });
    await deliver(log, givenChunkItem(), { provider });
    expect(provider.asked.at(-1)).toBe("profile");
    expect(log.facts.at(-1)).toMatchObject({ type: "chunk.attempt_failed", category: "transient" });
    expect(log.work).toHaveLength(1);
  });

  it("is tried again when it was connected again while we asked", async () => {
    const log = running();
    let loads = 0;
    const load = async () => ({ ...account, credentialsVersion: ++loads });
    await deliver(log, givenChunkItem(), { provider: refusing(), accounts: { load } });
    expect(log.facts.at(-1)).toMatchObject({ type: "chunk.attempt_failed", category: "transient" });
  });
});

describe("dead letters that were put back", () => {
  it("are fetched and settled, also when their sync is over", async () => {
    const log = memoryLog(withLetters());
    await deliver(log, givenRedriveItem());
    expect(log.facts.at(-1)).toMatchObject({
      type: "dead_letters.settled",
      progress: { lettersSettled: [[5, 7]], ledger: { stored: 13, deadLettered: 7 } },
    });
    const provider = memoryMailbox();
    expect((await deliver(log, givenRedriveItem(), { provider })).kind).toBe("ignore");
    expect(provider.asked).toEqual([]);
  });

  it("of a sync that has ended are settled by what Postgres has, when the log was restored from before", async () => {
    const log = memoryLog();
    const state = { ...log.state, toldProgress: async () => withLetters().progress };
    await deliver(log, givenRedriveItem(), { state });
    expect(log.facts.at(-1)).toMatchObject({
      type: "dead_letters.settled",
      progress: { lettersSettled: [[5, 7]], ledger: { stored: 13, deadLettered: 7 } },
    });
  });

  it("that were refused again are so once, and are dead letters as before", async () => {
    const log = memoryLog(withLetters());
    const provider = memoryMailbox({ answers: { b: [faultOf("bad_item")] } });
    await deliver(log, givenRedriveItem(), { provider });
    expect(log.facts.slice(-2)).toMatchObject([
      { type: "dead_letters.settled", letters: [{ ordinal: 5 }, { ordinal: 7 }] },
      { type: "dead_letters.refused", letters: [{ ordinal: 6, messageId: "b" }] },
    ]);
  });
});

describe("what is no such work", () => {
  it("is rejected", async () => {
    const step = stepOf(memoryLog());
    const subject = workSubject("bulk", ref, "s1");
    const rubbish = [
      deliveryOf(subject, "{"),
      deliveryOf(subject, { kind: "probe" }),
      deliveryOf(subject, { ...givenChunkItem(), messageIds: [] }),
      deliveryOf(workSubject("list", ref, "s1"), givenChunkItem()),
    ];
    for (const delivery of rubbish)
      expect(step.parse(delivery)).toMatchObject({ ok: false, outcome: { kind: "reject" } });
  });
});

/** The worker's process is gone: nothing that it would do after this happens. */
class Death extends Error {}

describe("a chunk whose messages kill the worker", () => {
  /** Delivers a chunk again and again, as the broker does, to workers that die when they turn to one of `killers`. */
  async function live(killers: readonly string[], { throttledAt = -1 } = {}) {
    const messageIds = Array.from({ length: 12 }, (_, i) => `m${i}`);
    const log = memoryLog(givenStarted(), pageWith(messageIds));
    const [store, book] = [memoryStore(), memoryClaims()];
    let item: FetchItem = givenChunkItem({ messageIds });
    let [deaths, deliveryCount, rounds] = [0, 0, 0];
    while (log.facts.length < 3 && rounds++ < 200) {
      deliveryCount++;
      let isDead = false;
      const die = (): never => {
        isDead = true;
        throw new Death();
      };
      const provider = memoryMailbox({
        answers: rounds % 5 === throttledAt ? { m0: [faultOf("rate_limited")] } : {},
        onMessage: (id) => void (killers.includes(id) && die()),
      });
      // A dead process writes nothing any more.
      const claims = {
        ...book,
        close: async (...args: Parameters<typeof book.close>) => (isDead ? die() : book.close(...args)),
      };
      const before = { facts: log.facts.length, work: log.work.length };
      const ports = {
        ...log,
        publish: async (...args: Parameters<MemoryLog["publish"]>) => (isDead ? die() : log.publish(...args)),
      };
      const delivery = deliveryOf(workSubject("bulk", ref, "s1"), item, {
        deliveryCount,
        storedAtMs: rounds,
      });
      await processDelivery(stepOf(log, { provider, store, claims }), delivery, givenContext(), ports).catch(
        () => {},
      );
      if (isDead) {
        deaths++;
        expect([log.facts.length, log.work.length]).toEqual([before.facts, before.work]);
      }
      const again = log.work.splice(0).at(-1);
      if (again !== undefined) {
        item = again.item as FetchItem;
        deliveryCount = 0; // the broker counts anew
      }
    }
    const settled = log.facts.at(-1) as FactOf<"chunk.fetched">;
    return { deaths, settled, stored: new Set(store.writes.flat()) };
  }

  it("is settled after a bounded number of deaths, and only those messages are dead letters", async () => {
    for (const killers of [["m3"], ["m0", "m11"], ["m2", "m3", "m4"]]) {
      const { deaths, settled, stored } = await live(killers);
      expect(deaths).toBe(suspectAfterDeliveries + 2 + 2 * killers.length);
      expect(settled.letters.map(({ messageId, category }) => [messageId, category])).toEqual(
        killers.map((id) => [id, "crash_loop"]),
      );
      expect(stored.size).toBe(12 - killers.length);
      expect(settled.ledger).toMatchObject({ listed: 12, stored: 12 - killers.length });
    }
  });

  it("costs no more deaths when the provider throttles in between: suspicion outlives an attempt", async () => {
    const { deaths, settled } = await live(["m3"], { throttledAt: 4 });
    expect(deaths).toBeLessThanOrEqual(suspectAfterDeliveries + 4);
    expect(settled.letters.map(({ messageId }) => messageId)).toEqual(["m3"]);
  });
});
