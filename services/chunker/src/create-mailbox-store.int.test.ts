import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { newId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { MailLabel } from "@millrace/shared/providers/mail-provider";
import { createTestPool, type TestPool } from "@millrace/shared/testing/create-test-pool";
import { rowsRead } from "@millrace/shared/testing/rows-read";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { MailboxStore } from "./chunker-ports.ts";
import { createMailboxStore, saveLabelsSql } from "./create-mailbox-store.ts";

let database: TestDatabase;
let pool: TestPool;
let mailboxes: MailboxStore;
let ref: AccountRef;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createTestPool(database.url, "chunker", 4);
  mailboxes = createMailboxStore(pool);
  await pool.query("insert into tenants (id, name) values ('acme', 'acme'), ('other', 'other')");
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});
beforeEach(async () => {
  ref = await addAccount();
});

async function addAccount(tenantId = "acme"): Promise<AccountRef> {
  const accountId = newId("acc");
  await pool.query(
    `insert into accounts (id, tenant_id, provider, email, sealed_credentials) values ($1, $2, 'gmail', $1, '')`,
    [accountId, tenantId],
  );
  return { tenantId, accountId };
}
async function store(id: string, labelIds: readonly string[], syncId = "s1", of = ref): Promise<void> {
  await pool.query(
    `insert into messages (account_id, provider_id, tenant_id, id, label_ids, size_bytes, snippet, reference_ids,
       headers, addresses, content, defects, search, sync_id, work)
     values ($1, $2, $3, $1 || $2, $4, 1, '', '{}', '[]', '{}', 'full', '{}', '', $5, 0)`,
    [of.accountId, id, of.tenantId, labelIds, syncId],
  );
}

const noon = Date.parse("2026-01-01T12:00:00.000Z");
const day = 86_400_000;
const label = (id: string, more: Partial<MailLabel> = {}): MailLabel => ({
  id,
  name: `the ${id}`,
  type: "user",
  textColor: null,
  backgroundColor: null,
  ...more,
});
const save = (labels: readonly MailLabel[], seenAtMs = noon, of = ref) =>
  mailboxes.saveLabels(of, labels, seenAtMs);

async function labelsOf({ accountId } = ref) {
  const { rows } = await pool.query(
    `select id, name, type, text_color as "textColor", background_color as "backgroundColor"
     from labels where account_id = $1 order by id`,
    [accountId],
  );
  return rows;
}
async function labelIdsOf(id: string, { accountId } = ref): Promise<string[]> {
  const { rows } = await pool.query(
    `select label_ids as "labelIds" from messages where account_id = $1 and provider_id = $2`,
    [accountId, id],
  );
  return rows[0]?.labelIds;
}

describe("whether mail is there before a listing", () => {
  it("is no for a mailbox of which nothing is stored", async () => {
    expect(await mailboxes.hadCopy(ref)).toBe(false);
  });

  it("is yes when any sync has stored something, until that is marked as deleted", async () => {
    await store("a", []);
    expect(await mailboxes.hadCopy(ref)).toBe(true);
    await pool.query("update messages set deleted_at = now(), deleted_why = 'gone' where account_id = $1", [
      ref.accountId,
    ]);
    expect(await mailboxes.hadCopy(ref)).toBe(false);
  });

  it("is of this account alone", async () => {
    await store("a", []);
    expect(await mailboxes.hadCopy(await addAccount())).toBe(false);
    expect(await mailboxes.hadCopy({ ...ref, tenantId: "other" })).toBe(false);
  });
});

describe("a baseline", () => {
  const markOf = async (of = ref) => {
    const { rows } = await pool.query("select mark from mailbox_baselines where account_id = $1", [
      of.accountId,
    ]);
    return rows.map(({ mark }) => mark as string);
  };

  it("has another mark each time, and goes with its account", async () => {
    const marks: string[] = [];
    for (let i = 0; i < 3; i++) {
      await mailboxes.takeBaseline(ref);
      marks.push(...(await markOf()));
    }
    expect(new Set(marks).size).toBe(3);
    await pool.query("delete from accounts where id = $1", [ref.accountId]);
    expect(await markOf()).toEqual([]);
  });

  it("is of an account of its tenant, or of none", async () => {
    await mailboxes.takeBaseline({ ...ref, tenantId: "other" });
    await mailboxes.takeBaseline({ ...ref, accountId: "acc_none" });
    expect(await markOf()).toEqual([]);
  });
});

describe("the labels of a mailbox", () => {
  it("are said to be removed for an hour after a look has missed them, and not while they are there", async () => {
    const minutes = 60_000;
    expect(await save([label("A"), label("B")])).toEqual([]);
    expect(await save([label("A")], noon + minutes)).toEqual(["B"]);
    expect(await save([label("A")], noon + 50 * minutes)).toEqual(["B"]);
    expect(await save([label("A"), label("B")], noon + 55 * minutes)).toEqual([]);
    expect(await save([label("A")], noon + 120 * minutes)).toEqual(["B"]);
    expect(await save([label("A")], noon + 181 * minutes)).toEqual([]);
    expect(await save([], noon)).toEqual([]); // an older look
  });

  it("are kept with name, kind and colours", async () => {
    const labels = [
      label("INBOX", { type: "system", name: "INBOX" }),
      label("L1", { textColor: "#ffffff", backgroundColor: "#16a766" }),
    ];
    await save(labels);
    expect(await labelsOf()).toEqual(labels);
  });

  it("follow when they are renamed or recoloured; their messages need no change", async () => {
    await store("a", ["L1", "L2"]);
    await save([label("L1"), label("L2", { textColor: "#000000" })]);
    const after = [label("L1", { name: "renamed" }), label("L2", { backgroundColor: "#ffffff" })];
    await save(after, noon + 1);
    expect(await labelsOf()).toEqual(after);
    expect(await labelIdsOf("a")).toEqual(["L1", "L2"]);
  });

  it("are not written when nothing has changed", async () => {
    const places = async () =>
      (await pool.query("select ctid::text from labels where account_id = $1", [ref.accountId])).rows;
    await save([label("L1"), label("L2")]);
    const before = await places();
    await save([label("L2"), label("L1")], noon + 1);
    expect(await places()).toEqual(before);
  });

  it("are of this account alone", async () => {
    const [neighbour, stranger] = [await addAccount(), await addAccount("other")];
    for (const of of [ref, neighbour, stranger]) {
      await save([label("L1"), label("L2")], noon, of);
      await store("a", ["L1", "L2"], "s1", of);
    }
    await save([label("L1", { name: "renamed" })], noon + 1);
    for (const of of [neighbour, stranger]) {
      expect(await labelsOf(of)).toEqual([label("L1"), label("L2")]);
      expect(await labelIdsOf("a", of)).toEqual(["L1", "L2"]);
    }
  });
});

describe("a label that is removed", () => {
  it("leaves its messages, which keep the order of the others", async () => {
    await store("a", ["L3", "L2", "L1"]);
    await store("b", ["L2"]);
    await store("c", ["L1"]);
    await save([label("L1"), label("L2"), label("L3")]);
    await save([label("L1"), label("L3")], noon + 1);
    expect(await labelsOf()).toEqual([label("L1"), label("L3")]);
    expect(await Promise.all(["a", "b", "c"].map((id) => labelIdsOf(id)))).toEqual([
      ["L3", "L1"],
      [],
      ["L1"],
    ]);
  });

  it("leaves messages that come late as well: of each look for an hour, and of one more", async () => {
    await save([label("L1"), label("L2")]);
    await save([label("L1")], noon + 1);
    await store("a", ["L1", "L2"]); // fetched before, written after
    await save([label("L1")], noon + 2);
    expect(await labelIdsOf("a")).toEqual(["L1"]);
    await store("b", ["L1", "L2"]);
    await save([label("L1")], noon + day);
    expect(await labelIdsOf("b")).toEqual(["L1"]);
    // From now on whoever stores such a message doubts its label.
    await store("c", ["L1", "L2"]);
    await save([label("L1")], noon + 2 * day);
    expect(await labelIdsOf("c")).toEqual(["L1", "L2"]);
    await pool.query("update removed_labels set removed_at = $2 where account_id = $1 and id = 'L2'", [
      ref.accountId,
      new Date(noon + 2 * day),
    ]);
    await save([label("L1")], noon + 2 * day + 1);
    expect(await labelIdsOf("c")).toEqual(["L1"]);
  });

  it("is not doubted any more once a look has found it", async () => {
    await pool.query(
      "insert into removed_labels (account_id, id, tenant_id, removed_at) values ($1, 'L1', 'acme', $2)",
      [ref.accountId, new Date(noon)],
    );
    await save([label("L1")], noon + 1);
    const { rows } = await pool.query("select from removed_labels where account_id = $1", [ref.accountId]);
    expect(rows).toEqual([]);
  });

  it("may come back under its id, and stays on its messages then", async () => {
    await save([label("L1"), label("L2")]);
    await save([label("L1")], noon + 1);
    await save([label("L1"), label("L2")], noon + 2);
    await store("a", ["L1", "L2"]);
    await save([label("L1"), label("L2")], noon + 3);
    expect(await labelsOf()).toEqual([label("L1"), label("L2")]);
    expect(await labelIdsOf("a")).toEqual(["L1", "L2"]);
  });
});

describe("an older look at a mailbox", () => {
  it("undoes nothing that a later one has seen", async () => {
    await save([label("L1"), label("L2")], noon);
    await save([label("L1", { name: "renamed" }), label("L3")], noon + 2);
    await store("a", ["L1", "L3"]);
    await save([label("L1"), label("L2")], noon + 1);
    expect(await labelIdsOf("a")).toEqual(["L1", "L3"]);
    const kept = (await labelsOf()).filter(({ id }) => id !== "L2");
    expect(kept).toEqual([label("L1", { name: "renamed" }), label("L3")]);
  });
});

it("labels that are gone are looked for in their index, also under row security", async () => {
  await pool.query(
    `insert into messages (account_id, provider_id, tenant_id, id, label_ids, size_bytes, snippet, reference_ids, headers,
       addresses, content, defects, search, sync_id)
     select $1, 'many' || m, $2, 'many' || m, case when m = 7 then '{INBOX,Gone}'::text[] else '{INBOX}' end, 1, '', '{}',
       '[]', '{}', 'full', '{}', '', 's'
     from generate_series(1, 20000) m`,
    [ref.accountId, ref.tenantId],
  );
  await save([label("INBOX"), label("Gone")]);
  await pool.query("vacuum analyze messages");
  const values = [ref.tenantId, ref.accountId, ["INBOX"], ["the INBOX"], ["user"], [null], [null]];
  const read = (as: Parameters<typeof rowsRead>[0]) =>
    rowsRead(as, saveLabelsSql, [...values, new Date(noon + day)]);
  const asOwner = await read({
    connect: () => pool.owner.connect(),
    beginSql: pool.of(ref.tenantId).beginSql,
  });
  expect(asOwner).toBeLessThan(100);
  expect(await read(pool.of(ref.tenantId))).toBeLessThanOrEqual(asOwner + 5);
});
