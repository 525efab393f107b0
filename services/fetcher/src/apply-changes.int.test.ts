import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import type { NetChange } from "@millrace/shared/events/message-change";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { ChunkItem } from "@millrace/shared/events/work-item";
import type { MailMessage } from "@millrace/shared/mail/mail-message";
import { createTestPool, type TestPool } from "@millrace/shared/testing/create-test-pool";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { MailStore } from "./fetcher-ports.ts";
import { createPostgresStore } from "./postgres-store.ts";
import { addAccount } from "./testing/add-account.ts";
import { givenChunk, givenMessage } from "./testing/given.ts";

let database: TestDatabase;
let pool: TestPool;
let store: MailStore;
let ref: AccountRef;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createTestPool(database.url, "fetcher", 8);
  store = createPostgresStore(pool);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});
beforeEach(async () => {
  ref = await addAccount(pool);
});

type Changes = Readonly<Record<string, NetChange>>;

const change = (kind: NetChange["kind"], at: string, more: Partial<NetChange> = {}): NetChange => ({
  kind,
  at,
  added: [],
  removed: [],
  hiddenAs: null,
  ...more,
});
const relabelled = (at: string, added: string[], removed: string[] = []) =>
  change("relabelled", at, { added, removed });
const trashed = (at: string) =>
  change("hidden", at, { added: ["TRASH"], removed: ["INBOX"], hiddenAs: "trash" });
const untrashed = (at: string) => change("appeared", at, { added: ["INBOX"], removed: ["TRASH"] });
const vanished = (at: string) => change("vanished", at);

/** The chunk of an incremental sync that has these changes. */
const workOf = (changes: Changes, item: Partial<ChunkItem> = {}, of = ref) =>
  givenChunk(
    {
      syncId: "s2",
      chunkIndex: 0,
      messageIds: Object.keys(changes),
      changes: Object.values(changes),
      ...item,
    },
    { ref: of },
  );
async function apply(changes: Changes, item: Partial<ChunkItem> = {}, of = ref) {
  const outcomes = await store.applyChanges(workOf(changes, item, of), Object.values(changes));
  return Object.fromEntries(outcomes);
}
const mailOf = (changes: Changes, item: Partial<ChunkItem> = {}) => store.mailOf(workOf(changes, item));

/** Stored by an earlier sync, as it was at place 40 of the history. */
const stored = (id: string, more: Partial<MailMessage> = {}, item: Partial<ChunkItem> = {}) =>
  store.write(givenChunk({ syncId: "s1", ...item }, { ref }), [
    givenMessage(id, { historyId: "40", labelIds: ["INBOX", "UNREAD", "A"], ...more }),
  ]);

async function rowOf(id: string, of = ref) {
  const { rows } = await pool.query(
    `select label_ids as labels, history_id as at, deleted_why as why, deleted_at as "deletedAt", sync_id as "syncId",
       last_change as "lastChange"
     from messages where tenant_id = $1 and account_id = $2 and provider_id = $3`,
    [of.tenantId, of.accountId, id],
  );
  return rows[0];
}
async function tombstones() {
  const { rows } = await pool.query(
    `select provider_id as id, history_id as at from tombstones where account_id = $1 order by 1`,
    [ref.accountId],
  );
  return rows;
}

describe("labels of a stored message", () => {
  it("change without a fetch; those that stay keep their order", async () => {
    await stored("a");
    const changes = { a: relabelled("50", ["B", "INBOX"], ["UNREAD", "never there"]) };
    expect(await apply(changes)).toEqual({ a: "stored" });
    expect(await rowOf("a")).toMatchObject({
      labels: ["INBOX", "A", "B"],
      at: "50",
      syncId: "s2",
      deletedAt: null,
    });
    expect(await mailOf(changes)).toEqual({ added: [], changed: ["a"], deleted: [] });
  });

  it("that it has already are no change, and nobody is told of one", async () => {
    await stored("a");
    const changes = { a: relabelled("50", ["A"], ["B"]) };
    expect(await apply(changes)).toEqual({ a: "unchanged" });
    expect(await rowOf("a")).toMatchObject({ labels: ["INBOX", "UNREAD", "A"], syncId: "s1" });
    expect(await mailOf(changes)).toEqual({ added: [], changed: [], deleted: [] });
  });

  it("stay when the stored message is newer: it was fetched after the change", async () => {
    await stored("a", { historyId: "50" });
    for (const at of ["9", "49", "50"]) {
      expect(await apply({ a: relabelled(at, ["B"], ["INBOX"]) })).toEqual({ a: "unchanged" });
      expect(await rowOf("a")).toMatchObject({ labels: ["INBOX", "UNREAD", "A"], at: "50" });
    }
    expect(await apply({ a: relabelled("51", ["B"], ["INBOX"]) })).toEqual({ a: "stored" });
  });

  it("are compared by places that are longer than any integer, as numbers", async () => {
    const place = (last: string) => `1${"0".repeat(68)}${last}`;
    await stored("a", { historyId: place("2") });
    expect(await apply({ a: relabelled(place("1"), ["B"]) })).toEqual({ a: "unchanged" });
    expect(await apply({ a: relabelled("99", ["B"]) })).toEqual({ a: "unchanged" }); // greater only as text
    expect(await apply({ a: relabelled(place("3"), ["B"]) })).toEqual({ a: "stored" });
    expect((await rowOf("a")).at).toBe(place("3"));
  });

  it("follow a provider whose places are no numbers, in the order in which it tells", async () => {
    await stored("a", { historyId: "zz-top" });
    expect(await apply({ a: relabelled("aa-1", ["B"]) })).toEqual({ a: "stored" });
    expect(await apply({ a: relabelled("", ["C"]) }, { chunkIndex: 1 })).toEqual({ a: "stored" });
    expect(await rowOf("a")).toMatchObject({ labels: ["INBOX", "UNREAD", "A", "B", "C"], at: "aa-1" });
    await stored("b", { historyId: null });
    expect(await apply({ b: relabelled("7", ["B"]) })).toEqual({ b: "stored" });
    expect((await rowOf("b")).at).toBe("7");
  });

  it("are those of the message that is told of, and of no other", async () => {
    const ids = Array.from({ length: 100 }, (_, i) => `m${i}`);
    for (const id of ids) await stored(id);
    const odd = ids.filter((_, i) => i % 2 === 1);
    const changes = Object.fromEntries(odd.map((id) => [id, relabelled("50", [`only ${id}`, '{odd},"\\'])]));
    expect(new Set(Object.values(await apply(changes)))).toEqual(new Set(["stored"]));
    for (const [i, id] of ids.entries())
      expect((await rowOf(id)).labels.slice(3)).toEqual(i % 2 === 1 ? [`only ${id}`, '{odd},"\\'] : []);
  });
});

describe("a message that is not shown any more", () => {
  it("is marked with why, when it was deleted for good", async () => {
    await stored("a");
    const changes = { a: vanished("50") };
    expect(await apply(changes)).toEqual({ a: "gone" });
    expect(await rowOf("a")).toMatchObject({
      why: "deleted",
      deletedAt: expect.any(Date),
      lastChange: "deleted",
    });
    expect(await mailOf(changes)).toEqual({ added: [], changed: [], deleted: ["a"] });
  });

  it("is marked with where it is, and has the labels that it has there", async () => {
    await stored("a");
    await stored("b");
    const spam = change("hidden", "50", { added: ["SPAM"], removed: ["INBOX"], hiddenAs: "spam" });
    expect(await apply({ a: trashed("50"), b: spam })).toEqual({ a: "gone", b: "gone" });
    expect(await rowOf("a")).toMatchObject({ why: "trash", labels: ["UNREAD", "A", "TRASH"] });
    expect(await rowOf("b")).toMatchObject({ why: "spam", labels: ["UNREAD", "A", "SPAM"] });
  });

  it("is shown when it was fetched after it came back; a deletion is for good, whatever was fetched", async () => {
    await stored("a", { historyId: "60" });
    await stored("b", { historyId: "60" });
    expect(await apply({ a: trashed("50"), b: vanished("50") })).toEqual({ a: "gone", b: "gone" });
    expect((await rowOf("a")).deletedAt).toBeNull();
    expect((await rowOf("b")).why).toBe("deleted");
  });

  it("is told of once: what is gone already is gone", async () => {
    await stored("a");
    await apply({ a: vanished("50") });
    const { deletedAt } = await rowOf("a");
    const later = { a: vanished("51") };
    expect(await apply(later, { chunkIndex: 1 })).toEqual({ a: "gone" });
    expect((await rowOf("a")).deletedAt).toEqual(deletedAt);
    expect(await mailOf(later, { chunkIndex: 1 })).toEqual({ added: [], changed: [], deleted: [] });
  });
});

it("a message that is deleted for good out of the trash says so, since when it is not shown, and nobody is told twice", async () => {
  await stored("a");
  await apply({ a: trashed("50") });
  const { deletedAt } = await rowOf("a");
  const changes = { a: vanished("51") };
  expect(await apply(changes, { chunkIndex: 1 })).toEqual({ a: "gone" });
  expect(await rowOf("a")).toMatchObject({ why: "deleted", deletedAt, lastChange: null });
  expect(await mailOf(changes, { chunkIndex: 1 })).toEqual({ added: [], changed: [], deleted: [] });
});

describe("a message that comes back", () => {
  it("out of the trash is fetched, and whole again: what happened to it there may not be known", async () => {
    await stored("a");
    await apply({ a: trashed("50") });
    const changes = { a: untrashed("51") };
    const second = { chunkIndex: 1 };
    expect(await apply(changes, second)).toEqual({ a: "fetch" });
    expect((await rowOf("a")).why).toBe("trash"); // until it is fetched
    await store.write(workOf(changes, second), [
      givenMessage("a", { historyId: "51", labelIds: ["INBOX", "B"] }),
    ]);
    expect(await apply(changes, second)).toEqual({ a: "stored" });
    expect(await rowOf("a")).toMatchObject({ labels: ["INBOX", "B"], why: null, deletedAt: null, at: "51" });
    expect(await mailOf(changes, second)).toEqual({ added: ["a"], changed: [], deleted: [] });
  });

  it("is fetched when it was marked as deleted: its content may be removed by now", async () => {
    await stored("a");
    await apply({ a: vanished("50") });
    expect(await apply({ a: change("appeared", "51") }, { chunkIndex: 1 })).toEqual({ a: "fetch" });
  });

  it("stays hidden when it was seen hidden after that", async () => {
    await stored("a");
    await apply({ a: trashed("60") });
    expect(await apply({ a: untrashed("55") }, { chunkIndex: 1 })).toEqual({ a: "gone" });
    expect((await rowOf("a")).why).toBe("trash");
  });
});

describe("a message that is relabelled while it is hidden", () => {
  it("keeps up with its labels, stays hidden, and nobody is told", async () => {
    await stored("a");
    await apply({ a: trashed("50") });
    const changes = { a: relabelled("51", ["B"]) };
    expect(await apply(changes, { chunkIndex: 1 })).toEqual({ a: "unchanged" });
    expect(await rowOf("a")).toMatchObject({ labels: ["UNREAD", "A", "TRASH", "B"], why: "trash" });
    expect(await mailOf(changes, { chunkIndex: 1 })).toEqual({ added: [], changed: [], deleted: [] });
  });
});

describe("a message that is not stored", () => {
  it("is fetched when it came or was relabelled, and not when it is gone again", async () => {
    const changes = {
      a: change("appeared", "50"),
      b: relabelled("50", ["B"]),
      c: vanished("50"),
      d: trashed("50"),
    };
    expect(await apply(changes)).toEqual({ a: "fetch", b: "fetch", c: "gone", d: "gone" });
    expect(await mailOf(changes)).toEqual({ added: [], changed: [], deleted: [] });
  });

  it("and is gone leaves a mark, so that an older fetch does not store it, and a newer one does", async () => {
    await apply({ a: vanished("50"), b: vanished("50") });
    expect(await tombstones()).toEqual([
      { id: "a", at: "50" },
      { id: "b", at: "50" },
    ]);
    const written = await store.write(givenChunk({ syncId: "s1" }, { ref }), [
      givenMessage("a", { historyId: "50" }),
      givenMessage("b", { historyId: "51" }),
    ]);
    expect(Object.fromEntries(written)).toEqual({ a: { kind: "gone" }, b: { kind: "stored" } });
    expect([await rowOf("a"), (await rowOf("b")).deletedAt]).toEqual([undefined, null]);
  });

  it("keeps the latest of its marks", async () => {
    for (const at of ["50", "60", "9"]) await apply({ a: vanished(at) });
    expect(await tombstones()).toEqual([{ id: "a", at: "60" }]);
  });

  it("leaves a mark that stops nothing where the provider has no places", async () => {
    await apply({ a: vanished("") });
    expect(await tombstones()).toEqual([{ id: "a", at: null }]);
    const written = await store.write(givenChunk({}, { ref }), [givenMessage("a", { historyId: "5" })]);
    expect(Object.fromEntries(written)).toEqual({ a: { kind: "stored" } });
  });
});

describe("what suffices", () => {
  it("is as much as the account keeps: one that appeared with less is fetched, one that was relabelled is not", async () => {
    for (const id of ["a", "b"]) await stored(id, {}, { content: "full" });
    const raw = { content: "raw" } as const;
    expect(await apply({ a: change("appeared", "50"), b: relabelled("50", ["B"]) }, raw)).toEqual({
      a: "fetch",
      b: "stored",
    });
    const less = { content: "metadata", chunkIndex: 1 } as const;
    expect(await apply({ a: change("appeared", "50", { added: ["B"] }) }, less)).toEqual({ a: "stored" });
  });
});

describe("changes that are applied twice", () => {
  const changes = {
    relabelled: relabelled("50", ["B"]),
    same: relabelled("50", ["A"]),
    trashed: trashed("50"),
    vanished: vanished("50"),
    untrashed: untrashed("50"),
    fetched: change("appeared", "50"),
    neverThere: vanished("50"),
    hiddenAndRelabelled: relabelled("50", ["B"]),
  };

  it("come to the same, as outcomes, as rows, and in what others are told", async () => {
    for (const id of Object.keys(changes)) if (id !== "fetched" && id !== "neverThere") await stored(id);
    await apply({ untrashed: trashed("45"), hiddenAndRelabelled: trashed("45") }, { syncId: "s0" });
    const look = async () => ({
      rows: await Promise.all(Object.keys(changes).map((id) => rowOf(id))),
      mail: await mailOf(changes),
    });
    const first = await apply(changes);
    expect(first).toEqual({
      relabelled: "stored",
      same: "unchanged",
      trashed: "gone",
      vanished: "gone",
      untrashed: "fetch",
      fetched: "fetch",
      neverThere: "gone",
      hiddenAndRelabelled: "unchanged",
    });
    const before = await look();
    expect(before.mail).toEqual({
      added: [],
      changed: ["relabelled"],
      deleted: ["trashed", "vanished"],
    });
    for (let i = 0; i < 3; i++) {
      expect(await apply(changes)).toEqual(first);
      expect(await look()).toEqual(before);
    }
  });

  it("count what was fetched for them as stored, or gone, by whoever did it", async () => {
    const both = { a: change("appeared", "50"), b: change("appeared", "50") };
    expect(await apply(both)).toEqual({ a: "fetch", b: "fetch" });
    await store.write(workOf(both), [
      givenMessage("a", { historyId: "50" }),
      givenMessage("b", { historyId: "51", labelIds: ["TRASH"], hiddenAs: "trash" }),
    ]);
    expect(await apply(both)).toEqual({ a: "stored", b: "gone" });
    expect(await mailOf(both)).toEqual({ added: ["a"], changed: [], deleted: [] });
  });
});

describe("changes of one account", () => {
  it("touch no other account, and no other tenant", async () => {
    await stored("a");
    const before = await rowOf("a");
    const other = await addAccount(pool);
    const all = { a: relabelled("50", ["B"]) };
    expect(await apply(all, {}, other)).toEqual({ a: "fetch" });
    expect(await apply({ a: vanished("50") }, {}, other)).toEqual({ a: "gone" });
    expect(await apply({ a: relabelled("50", ["B"]) }, {}, { ...ref, tenantId: "other" })).toEqual({
      a: "fetch",
    });
    expect(await rowOf("a")).toEqual(before);
    expect(await tombstones()).toEqual([]);
  });
});

describe("changes that are applied at the same time", () => {
  it("to one message leave it as the later one has it, in whichever order they come", async () => {
    for (let i = 0; i < 20; i++) {
      const id = `m${i}`;
      await stored(id);
      const later = { [id]: relabelled("60", ["LATER"], ["INBOX"]) };
      const earlier = { [id]: trashed("50") };
      const both = [
        () => apply(later, { chunkIndex: 1 }),
        () => apply(earlier, { chunkIndex: 0, syncId: "s9" }),
      ];
      await Promise.all((i % 2 === 0 ? both : both.reverse()).map((one) => one()));
      const { labels, at } = await rowOf(id);
      expect([at, labels.includes("LATER")]).toEqual(["60", true]);
    }
  });

  it("by two deliveries of the same work count as one", async () => {
    for (let i = 0; i < 10; i++) {
      const id = `m${i}`;
      await stored(id);
      const changes = { [id]: relabelled("50", ["B"]) };
      await Promise.all([1, 2, 3].map(() => apply(changes)));
      expect((await rowOf(id)).labels).toEqual(["INBOX", "UNREAD", "A", "B"]);
      expect(await apply(changes)).toEqual({ [id]: "stored" });
      expect(await mailOf(changes)).toEqual({ added: [], changed: [id], deleted: [] });
    }
  });
});
