import { setTimeout as sleep } from "node:timers/promises";
import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { MailMessage } from "@millrace/shared/mail/mail-message";
import { createTestPool, type TestPool } from "@millrace/shared/testing/create-test-pool";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BaselineMovedError, type FetchingWork, type MailStore } from "./fetcher-ports.ts";
import { createPostgresStore } from "./postgres-store.ts";
import { addAccount } from "./testing/add-account.ts";
import { givenChunk, givenMessage, givenRedrive } from "./testing/given.ts";

let database: TestDatabase;
let pool: TestPool;
let store: MailStore;
let ref: AccountRef;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createTestPool(database.url, "fetcher", 4);
  store = createPostgresStore(pool);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});
beforeEach(async () => {
  ref = await addAccount(pool);
});

const chunk = (...[item, more]: Parameters<typeof givenChunk>) => givenChunk(item, { ref, ...more });
const write = async (work: FetchingWork, ...messages: MailMessage[]) =>
  Object.fromEntries([...(await store.write(work, messages))].map(([id, { kind }]) => [id, kind]));

async function rowOf(id: string) {
  const { rows } = await pool.query(
    `select m.*, c.raw from messages m left join message_contents c using (account_id, provider_id)
     where m.account_id = $1 and m.provider_id = $2`,
    [ref.accountId, id],
  );
  return rows[0];
}
const idsOf = async (work: Parameters<MailStore["findStored"]>[0]) => {
  const { byThisWork, before } = await store.findStored(work);
  return { byThisWork: [...byThisWork].sort(), before: [...before].sort() };
};

describe("what was fetched before the newest baseline", () => {
  const takeSql = `
    insert into mailbox_baselines (account_id, tenant_id) values ($1, $2)
    on conflict (account_id) do update set mark = excluded.mark
    returning mark`;
  const take = async (client: Pick<TestPool, "query"> = pool): Promise<string> =>
    (await client.query<{ mark: string }>(takeSql, [ref.accountId, ref.tenantId])).rows[0]?.mark ?? "";

  it("is neither stored nor marked as gone", async () => {
    await write(chunk(), givenMessage("a"));
    const baseline = await take();
    await expect(write(chunk(), givenMessage("b"))).rejects.toThrow(BaselineMovedError);
    await expect(store.markGone(chunk(), ["a", "c"])).rejects.toThrow(BaselineMovedError);
    expect([(await rowOf("a")).deleted_at, await rowOf("b")]).toEqual([null, undefined]);
    const buried = await pool.query("select from tombstones where account_id = $1", [ref.accountId]);
    expect(buried.rowCount).toBe(0);
    expect(await write(chunk({}, { baseline }), givenMessage("b"))).toEqual({ b: "stored" });
    await store.markGone(chunk({}, { baseline }), ["a"]);
    expect((await rowOf("a")).deleted_at).not.toBeNull();
    await take();
    await expect(write(chunk({}, { baseline }), givenMessage("c"))).rejects.toThrow(BaselineMovedError);
  });

  it("is not stored by a statement that was waiting while the baseline was taken", async () => {
    const baseline = await take();
    const client = await pool.owner.connect();
    try {
      await client.query("begin");
      await take(client);
      const late = write(chunk({}, { baseline }), givenMessage("a")).then(
        String,
        (error: Error) => error.name,
      );
      expect(await Promise.race([late, sleep(300, "waits")])).toBe("waits");
      await client.query("commit");
      expect(await late).toBe("BaselineMovedError");
    } finally {
      client.release();
    }
    expect(await rowOf("a")).toBeUndefined();
  });

  it("is there when the baseline is taken, or is not stored: never in between", async () => {
    let stored = 0;
    for (let i = 0; i < 40; i++) {
      const baseline = await take();
      const late = write(chunk({}, { baseline }), givenMessage(`m${i}`)).then(
        () => true,
        () => false,
      );
      if (i % 2 === 1) await sleep(i / 10);
      await take();
      const isThere = (await rowOf(`m${i}`)) !== undefined;
      expect(await late).toBe(isThere);
      if (isThere) stored++;
    }
    expect(stored).toBeGreaterThan(0);
    expect(stored).toBeLessThan(40);
  });
});

describe("what needs no fetching", () => {
  it("is told apart: written by this chunk, and there before", async () => {
    await write(chunk({ syncId: "s0" }), givenMessage("a"));
    await write(chunk({ chunkIndex: 9 }), givenMessage("b"));
    await write(chunk(), givenMessage("c"));
    expect(await idsOf(chunk())).toEqual({ byThisWork: ["c"], before: ["a", "b"] });
  });

  it("holds what is wanted, or more", async () => {
    await write(chunk({ content: "metadata" }), givenMessage("a"));
    await write(chunk({ content: "full" }), givenMessage("b"));
    await write(chunk({ content: "raw" }), givenMessage("c"));
    const stored = async (content: "metadata" | "full" | "raw") =>
      (await idsOf(chunk({ content }))).byThisWork;
    expect(await stored("metadata")).toEqual(["a", "b", "c"]);
    expect(await stored("full")).toEqual(["b", "c"]);
    expect(await stored("raw")).toEqual(["c"]);
  });

  it("is only what this work wrote, when it is to be fetched anew", async () => {
    await write(chunk({ syncId: "s0" }), givenMessage("a"));
    await write(chunk({ refresh: true }), givenMessage("b"));
    expect(await idsOf(chunk({ refresh: true }))).toEqual({ byThisWork: ["b"], before: [] });
    const redrive = givenRedrive({}, { ref });
    expect(await idsOf(redrive)).toEqual({ byThisWork: [], before: [] });
    await store.write(redrive, [givenMessage("b")]);
    expect(await idsOf(redrive)).toEqual({ byThisWork: ["b"], before: [] });
  });

  it("has others of its account beside it, that are shown", async () => {
    const work = chunk({ messageIds: ["a"] });
    await write(chunk({ syncId: "s0" }), givenMessage("a"));
    expect(await store.findOther(work)).toBeNull();
    await write(chunk({ syncId: "s0" }), givenMessage("b"), givenMessage("hidden", { hiddenAs: "trash" }));
    expect(await store.findOther(work)).toBe("b");
    expect(await store.findOther({ ...work, ref: await addAccount(pool) })).toBeNull();
    expect(await store.findOther({ ...work, ref: { ...ref, tenantId: "other" } })).toBeNull();
  });

  it("is never another tenant's or account's", async () => {
    await write(chunk(), givenMessage("a"));
    expect(await idsOf({ ...chunk(), ref: await addAccount(pool) })).toEqual({ byThisWork: [], before: [] });
    const stranger = { ...ref, tenantId: "other" };
    expect(await idsOf({ ...chunk(), ref: stranger })).toEqual({ byThisWork: [], before: [] });
  });
});

describe("a message that is fetched anew", () => {
  const changed = { labelIds: ["TRASH"], text: "changed" };

  it("is written anew, also when it holds no more than what is there", async () => {
    await write(chunk({ syncId: "s0" }), givenMessage("a"));
    expect(await write(chunk(), givenMessage("a", changed))).toEqual({ a: "unchanged" });
    expect((await rowOf("a")).text_body).toBe("the quick brown fox");
    expect(await write(chunk({ refresh: true }), givenMessage("a", changed))).toEqual({ a: "stored" });
    expect(await rowOf("a")).toMatchObject({ label_ids: ["TRASH"], text_body: "changed", sync_id: "s1" });
  });

  it("has the bytes that its digest is of", async () => {
    const raw = (byte: number, rawSha256: string) =>
      givenMessage("a", { raw: new Uint8Array([byte]), rawSha256 });
    await write(chunk({ syncId: "s0", content: "raw" }), raw(1, "one"));
    await write(chunk({ refresh: true, content: "raw" }), raw(2, "two"));
    const row = await rowOf("a");
    expect([row.raw_sha256, new Uint8Array(row.raw)]).toEqual(["two", new Uint8Array([2])]);
  });

  it("is one row, with its id", async () => {
    await write(chunk({ syncId: "s0" }), givenMessage("a"));
    const { id } = await rowOf("a");
    await write(chunk({ refresh: true }), givenMessage("a", changed));
    expect((await rowOf("a")).id).toBe(id);
    const { rows } = await pool.query("select from messages where account_id = $1", [ref.accountId]);
    expect(rows).toHaveLength(1);
  });
});

describe("a message that the provider has no more", () => {
  it("is marked, stays, and needs fetching again when it is listed again", async () => {
    await write(chunk(), givenMessage("a"), givenMessage("b"));
    await store.markGone(chunk(), ["a", "never stored"]);
    expect(await rowOf("a")).toMatchObject({ deleted_why: "gone", deleted_at: expect.any(Date) });
    expect((await rowOf("b")).deleted_at).toBeNull();
    expect(await idsOf(chunk())).toEqual({ byThisWork: ["b"], before: [] });
  });

  it("keeps the time at which it was first missed", async () => {
    await write(chunk(), givenMessage("a"));
    await store.markGone(chunk(), ["a"]);
    const { deleted_at } = await rowOf("a");
    await store.markGone(chunk(), ["a"]);
    expect((await rowOf("a")).deleted_at).toEqual(deleted_at);
  });

  it("is marked for its own account only", async () => {
    await write(chunk(), givenMessage("a"));
    const byOther = store.markGone({ ...chunk(), ref: { ...ref, tenantId: "other" } }, ["a"]);
    await expect(byOther).rejects.toMatchObject({ code: "23503" }); // the account is no account of theirs
    await store.markGone({ ...chunk(), ref: await addAccount(pool) }, ["a"]);
    expect((await rowOf("a")).deleted_at).toBeNull();
  });

  it("comes back when it is fetched again, whether or not it holds more than before", async () => {
    await write(chunk({ syncId: "s0" }), givenMessage("a"));
    await store.markGone(chunk(), ["a"]);
    expect(await write(chunk({ syncId: "s2" }), givenMessage("a", { text: "it is back" }))).toEqual({
      a: "stored",
    });
    expect(await rowOf("a")).toMatchObject({ deleted_at: null, deleted_why: null, text_body: "it is back" });
  });
});

describe("a fetch that comes late", () => {
  const as = (at: string | null, more: Partial<MailMessage> = {}) =>
    givenMessage("a", { historyId: at, ...more });
  const older = as("49", { text: "older", labelIds: ["OLD"] });

  it("does not overwrite a newer message, even with more of it", async () => {
    await write(chunk({ syncId: "s0", content: "metadata" }), as("50"));
    for (const content of ["metadata", "full", "raw"] as const)
      expect(await write(chunk({ content }), older)).toEqual({ a: "unchanged" });
    expect(await rowOf("a")).toMatchObject({ history_id: "50", content: "metadata", sync_id: "s0" });
    expect(await write(chunk({ content: "full" }), as("50", { text: "more" }))).toEqual({ a: "stored" });
  });

  it("is compared by places longer than any integer; where there are none it counts as new", async () => {
    const place = (last: string) => `1${"0".repeat(68)}${last}`;
    await write(chunk({ syncId: "s0", content: "metadata" }), as(place("2")));
    expect(await write(chunk(), as(place("1")))).toEqual({ a: "unchanged" });
    expect(await write(chunk(), as(place("3")))).toEqual({ a: "stored" });
    for (const at of ["no number", null])
      expect(await write(chunk({ content: "raw", refresh: false, syncId: `s-${at}` }), as(at))).toEqual({
        a: at === null ? "unchanged" : "stored", // the second holds no more
      });
  });

  it("does not bring back what was marked as gone later, and a newer one does", async () => {
    await write(chunk({ syncId: "s0" }), as("50"));
    await store.markGone(chunk(), ["a"]);
    const later = chunk({ syncId: "s2" });
    expect(await write(later, older)).toEqual({ a: "unchanged" });
    expect((await rowOf("a")).deleted_why).toBe("gone");
    expect(await write(later, as("51"))).toEqual({ a: "stored" });
    expect((await rowOf("a")).deleted_at).toBeNull();
  });

  it("is not written by a delivery that fetched it before another of the same work found it gone", async () => {
    await write(chunk({ syncId: "s0" }), as("50", { id: "b" }));
    await store.markGone(chunk(), ["a", "b"]);
    for (const refresh of [false, true]) {
      expect(await write(chunk({ refresh }), as("50"))).toEqual({ a: "gone" });
      expect(await write(chunk({ refresh }), as("51", { id: "b" }))).toEqual({ b: "gone" });
    }
    expect(await rowOf("a")).toBeUndefined();
    expect((await rowOf("b")).deleted_why).toBe("gone");
    expect(await write(chunk({ chunkIndex: 7 }), as("51"))).toEqual({ a: "stored" });
    expect(await write(chunk({ syncId: "s2" }), as("51", { id: "b" }))).toEqual({ b: "stored" });
  });

  it("does not bring back what was buried before it was stored, not even when it is fetched anew", async () => {
    await pool.query(
      "insert into tombstones (account_id, provider_id, tenant_id, history_id) values ($1, 'a', $2, '50')",
      [ref.accountId, ref.tenantId],
    );
    for (const refresh of [false, true]) {
      expect(await write(chunk({ refresh }), as("50"))).toEqual({ a: "gone" });
      expect(await write(chunk({ refresh }), older)).toEqual({ a: "gone" });
    }
    expect(await rowOf("a")).toBeUndefined();
    // The mark is of this account alone.
    const other = await addAccount(pool);
    expect(Object.fromEntries(await store.write({ ...chunk(), ref: other }, [older]))).toMatchObject({
      a: { kind: "stored" },
    });
    expect(await write(chunk(), as("51"))).toEqual({ a: "stored" });
  });

  it("is written when somebody has found that what is stored is wrong", async () => {
    await write(chunk({ syncId: "s0" }), as("50"));
    expect(await write(chunk({ refresh: true }), older)).toEqual({ a: "stored" });
    expect(await rowOf("a")).toMatchObject({ text_body: "older", label_ids: ["OLD"], history_id: "49" });
  });

  it("stays when a redrive that was held up writes what it fetched before", async () => {
    await write(chunk({ syncId: "s0" }), as("50"));
    const redrive = givenRedrive({}, { ref });
    expect(await write(redrive, older)).toEqual({ a: "unchanged" });
    expect(await rowOf("a")).toMatchObject({ history_id: "50" });
    expect(await write(redrive, as("50", { text: "anew" }))).toEqual({ a: "stored" });
  });
});

describe("a message where a listing does not show it", () => {
  const hidden = (at: string, more: Partial<MailMessage> = {}) =>
    givenMessage("a", { historyId: at, labelIds: ["TRASH"], hiddenAs: "trash", ...more });

  it("is stored, not shown, and counts as gone; nobody is told of it", async () => {
    expect(await write(chunk(), hidden("50"), givenMessage("b"))).toEqual({ a: "gone", b: "stored" });
    expect(await rowOf("a")).toMatchObject({
      deleted_why: "trash",
      deleted_at: expect.any(Date),
      label_ids: ["TRASH"],
      last_change: null,
    });
    expect(await store.mailOf(chunk({ messageIds: ["a", "b"] }))).toEqual({
      added: ["b"],
      changed: [],
      deleted: [],
    });
    expect((await idsOf(chunk())).byThisWork).toEqual(["b"]);
  });

  it("is hidden when it was shown before, and its time does not move when it is seen there again", async () => {
    await write(chunk({ syncId: "s0" }), givenMessage("a", { historyId: "40" }));
    expect(await write(chunk(), hidden("50"))).toEqual({ a: "gone" });
    const first = await rowOf("a");
    expect(first).toMatchObject({ deleted_why: "trash", last_change: "deleted" });
    expect(await write(chunk(), hidden("51"))).toEqual({ a: "gone" });
    expect((await rowOf("a")).deleted_at).toEqual(first.deleted_at);
    expect(await store.mailOf(chunk())).toMatchObject({ deleted: ["a"] });
  });

  it("is shown when it is fetched after it came back", async () => {
    await write(chunk({ syncId: "s0" }), hidden("50"));
    expect(await write(chunk(), givenMessage("a", { historyId: "51" }))).toEqual({ a: "stored" });
    expect(await rowOf("a")).toMatchObject({ deleted_at: null, deleted_why: null, last_change: "added" });
  });
});

describe("what a piece of work did to the store", () => {
  it("is what is new, what differs, and what is not shown any more, by its own hand", async () => {
    await write(chunk({ syncId: "s0" }), ...["old", "same", "left"].map((id) => givenMessage(id)));
    const work = chunk({ refresh: true, messageIds: ["new", "old", "left"] });
    await write(work, givenMessage("new"), givenMessage("old", { text: "anew" }));
    await store.markGone(work, ["left"]);
    expect(await store.mailOf(work)).toEqual({ added: ["new"], changed: ["old"], deleted: ["left"] });
    expect(await store.mailOf(chunk({ ...work.item, chunkIndex: 9 }))).toEqual({
      added: [],
      changed: [],
      deleted: [],
    });
    expect(await store.mailOf({ ...work, ref: { ...ref, tenantId: "other" } })).toMatchObject({ added: [] });
    expect(await store.mailOf({ ...work, ref: await addAccount(pool) })).toMatchObject({ added: [] });
  });

  it("is the same after all of its deliveries: what is new stays new, whoever wrote it again", async () => {
    const work = chunk({ refresh: true });
    await write(work, givenMessage("a"));
    await write(work, givenMessage("a", { text: "once more" }));
    expect(await store.mailOf(work)).toMatchObject({ added: ["a"], changed: [] });
    const later = chunk({ refresh: true, syncId: "s9" });
    await write(later, givenMessage("a"));
    await write(later, givenMessage("a"));
    expect(await store.mailOf(later)).toMatchObject({ added: [], changed: ["a"] });
    expect(await store.mailOf(work)).toMatchObject({ added: [], changed: [] }); // its rows bear the later one's mark
  });

  it("holds what was brought back as new", async () => {
    await write(chunk({ syncId: "s0" }), givenMessage("a"));
    await store.markGone(chunk({ syncId: "s0" }), ["a"]);
    await write(chunk(), givenMessage("a"));
    expect(await store.mailOf(chunk())).toEqual({ added: ["a"], changed: [], deleted: [] });
  });
});

describe("the bytes of a dead letter", () => {
  it("are kept, the newest of each message", async () => {
    await store.keepRaw(ref, "a", new Uint8Array([1]));
    await store.keepRaw(ref, "a", new Uint8Array([2]));
    const { rows } = await pool.query(
      "select tenant_id, provider_id, raw from dead_letter_contents where account_id = $1",
      [ref.accountId],
    );
    expect(rows).toMatchObject([{ tenant_id: ref.tenantId, provider_id: "a" }]);
    expect(new Uint8Array(rows[0].raw)).toEqual(new Uint8Array([2]));
  });
});
