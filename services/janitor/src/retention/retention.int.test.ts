import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BlobStore } from "@millrace/shared/blobs/blob-store";
import { createFolderStore } from "@millrace/shared/blobs/create-folder-store";
import { ownedStore } from "@millrace/shared/blobs/owned-store";
import type { FactOf } from "@millrace/shared/events/facts";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { retentionTaskNames } from "@millrace/shared/retention/retention-task-names";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { usualRetention } from "../testing/usual-retention.ts";
import { removeOrphanBlobs } from "./remove-orphan-blobs.ts";
import type { RetentionPorts } from "./retention-ports.ts";
import { RetentionScope } from "./retention-scope.ts";
import { type RetentionConfig, retentionTasks } from "./retention-tasks.ts";

const config: RetentionConfig = {
  ...usualRetention,
  RETENTION_SECONDS: 1,
};

let world: TestWorld;
let ref: AccountRef;
let folder: string;
let blobs: BlobStore;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.stop();
});
beforeEach(async () => {
  ref = await world.addAccount();
  await world.pool.query("update tenants set retention = '{}'");
  await world.pool.query("update installation set blob_store_owner = null"); // each test has a folder of its own
  folder = await mkdtemp(join(tmpdir(), "millrace-retention-"));
  blobs = ownedStore(createFolderStore(folder), world.pool);
});
afterEach(async () => {
  await world.pool.query("drop function if exists hinder() cascade");
  await rm(folder, { recursive: true, force: true });
});

const ports = (more: Partial<RetentionPorts> = {}): RetentionPorts => ({ ...world.ports, blobs, ...more });
const run = (more: Partial<RetentionPorts> = {}, signal = new AbortController().signal) =>
  runTasks(ports(more), scopeOf({ signal }));
const scopeOf = (more: Partial<RetentionScope> = {}): RetentionScope =>
  new RetentionScope({
    now: new Date(),
    tenantId: null,
    isDryRun: false,
    signal: new AbortController().signal,
    ...more,
  });

/** All of them, in their order. */
async function runTasks(using: RetentionPorts, scope: RetentionScope): Promise<void> {
  const tasks = retentionTasks(config);
  for (const name of retentionTaskNames) await tasks[name](using, scope);
}

/** @param days since it was marked as deleted; null: it is shown */
async function addMessages(count: number, days: number | null, prefix = "m", of = ref): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, i) => `${prefix}${i}`);
  await world.pool.query(
    `insert into messages (account_id, provider_id, tenant_id, id, label_ids, size_bytes, snippet, reference_ids,
       headers, addresses, content, defects, search, sync_id, work, deleted_at, deleted_why)
     select $1, id, $2, $1 || id, '{}', 1, '', '{}', '[]', '{}', 'full', '{}', '', 's', '0',
       now() - make_interval(days => $4), case when $4 is not null then 'deleted' end
     from unnest($3::text[]) as m (id)`,
    [of.accountId, of.tenantId, ids, days],
  );
  return ids;
}
async function attach(providerId: string, content: Buffer, of = ref): Promise<string> {
  const { sha256, sizeBytes } = await blobs.put(
    (async function* () {
      yield content;
    })(),
  );
  await world.pool.query(
    `insert into attachments (account_id, provider_id, part_id, tenant_id, position, mime_type, size_bytes, sha256,
       blob_size, fetched_at) values ($1, $2, '1', $3, 0, 'image/png', $4, $5, $4, now())`,
    [of.accountId, providerId, of.tenantId, sizeBytes, sha256],
  );
  return sha256;
}
const age = (sha256: string, hours: number) => {
  const at = new Date(Date.now() - hours * 3_600_000);
  return utimes(join(folder, sha256.slice(0, 2), sha256.slice(2, 4), sha256), at, at);
};
const idsOf = async ({ accountId } = ref): Promise<string[]> =>
  (
    await world.pool.query<{ id: string }>(
      "select provider_id as id from messages where account_id = $1 order by id",
      [accountId],
    )
  ).rows.map(({ id }) => id);
/** @param statement of PL/pgSQL, for each message that is about to be removed */
const beforeEachRemoval = (statement: string) =>
  world.pool.query(`
    create or replace function hinder() returns trigger language plpgsql as $$ begin ${statement} end $$;
    create or replace trigger hinder before delete on messages for each row execute function hinder()`);
const removals = async (of = ref): Promise<FactOf<"messages.removed">[]> =>
  (await world.factsOf(of)).filter((fact) => fact.type === "messages.removed");
async function blobNames(): Promise<string[]> {
  const names: string[] = [];
  for await (const { sha256 } of createFolderStore(folder).list()) names.push(sha256);
  return names.sort();
}

describe("messages that were marked as deleted", () => {
  it("are removed for good when they have had their time, with what hangs on them, and facts name each of them once", async () => {
    const other = await world.addAccount();
    const due = await addMessages(450, 31);
    const kept = [...(await addMessages(3, 29, "young")), ...(await addMessages(3, null, "shown"))];
    await addMessages(2, 31, "m", other);
    await world.pool.query(
      "insert into message_contents (account_id, provider_id, tenant_id, raw) values ($1, 'm0', $2, 'x')",
      [ref.accountId, ref.tenantId],
    );
    await run();
    expect(await idsOf()).toEqual(kept.toSorted());
    expect(await idsOf(other)).toEqual([]);
    const { rows } = await world.pool.query("select from message_contents where account_id = $1", [
      ref.accountId,
    ]);
    expect(rows).toEqual([]);
    const told = await removals();
    expect(told.map(({ messageIds }) => messageIds.length)).toEqual([200, 200, 50]);
    expect(told.flatMap(({ messageIds }) => messageIds).toSorted()).toEqual(due.toSorted());
    expect(await removals(other)).toMatchObject([{ messageIds: ["m0", "m1"] }]);
    await run();
    expect(await removals()).toHaveLength(3);
  });

  it("that were not removed in time, or not at all, are named by no fact for it", async () => {
    const due = await addMessages(100, 31);
    await beforeEachRemoval("perform pg_sleep(0.03); return old;"); // 3 s for all of them, and no statement has that
    await run();
    expect(await idsOf()).toEqual([]);
    expect((await removals()).flatMap(({ messageIds }) => messageIds).toSorted()).toEqual(due.toSorted());

    const other = await world.addAccount();
    const left = await addMessages(3, 31, "m", other);
    await beforeEachRemoval("raise exception 'the disk is full';");
    await expect(run()).rejects.toThrow("the disk is full");
    await world.pool.query("update accounts set held_at = now() where id = $1", [other.accountId]);
    await world.pool.query("drop function hinder() cascade");
    await run();
    expect([await idsOf(other), await removals(other)]).toEqual([left, []]);
  }, 60_000);

  it("stay when they are to be kept for longer, from the next piece of a run that is under way on", async () => {
    await addMessages(450, 31);
    const periods = (retention: object) =>
      world.pool.query("update tenants set retention = $1 where id = 'acme'", [retention]);
    const append: RetentionPorts["append"] = async (effect) => {
      await periods({ deletedMessagesDays: 365 });
      return world.ports.append(effect);
    };
    await run({ append });
    expect(await idsOf()).toHaveLength(250);
    const told = await removals();
    expect(told.map(({ messageIds }) => messageIds.length)).toEqual([200]);
    await periods({});
    await run();
    expect(await idsOf()).toEqual([]);
  });

  it("are told of before they are gone; a death in between has the same fact told again, which is one", async () => {
    await addMessages(2, 31);
    const append: RetentionPorts["append"] = async (effect) => {
      await world.ports.append(effect);
      throw new Error("the janitor dies here");
    };
    await expect(run({ append })).rejects.toThrow("dies here");
    expect(await idsOf()).toEqual(["m0", "m1"]);
    await run();
    expect(await idsOf()).toEqual([]);
    expect(await removals()).toHaveLength(1);
  });

  it("take the exact bytes of their dead letters with them, and a later removal of the same message is another fact", async () => {
    const bytesLeft = async () =>
      (await world.pool.query("select from dead_letter_contents where account_id = $1", [ref.accountId]))
        .rowCount;
    for (const days of [40, 31]) {
      await addMessages(1, days);
      await world.pool.query(
        "insert into dead_letter_contents (account_id, provider_id, tenant_id, raw) values ($1, 'm0', $2, 'x')",
        [ref.accountId, ref.tenantId],
      );
      await run();
      expect(await bytesLeft()).toBe(0);
    }
    expect(await removals()).toHaveLength(2);
  });

  it("stay when they come back before their turn, or are being written at that moment", async () => {
    await addMessages(3, 31);
    await world.pool.query(
      "update messages set deleted_at = null, deleted_why = null where account_id = $1 and provider_id = 'm0'",
      [ref.accountId],
    );
    const writer = await world.pool.owner.connect();
    await writer.query("begin");
    await writer.query(
      "update messages set deleted_at = null, deleted_why = null where account_id = $1 and provider_id = 'm1'",
      [ref.accountId],
    );
    await run();
    await writer.query("commit");
    writer.release();
    expect(await idsOf()).toEqual(["m0", "m1"]);
    await run();
    expect(await idsOf()).toEqual(["m0", "m1"]);
    expect((await removals()).flatMap(({ messageIds }) => messageIds)).toEqual(["m2"]);
  });

  it("are shared among janitors that run at once: each is removed and told of once", async () => {
    const due = await addMessages(600, 31);
    await Promise.all([run(), run(), run()]);
    expect(await idsOf()).toEqual([]);
    expect((await removals()).flatMap(({ messageIds }) => messageIds).toSorted()).toEqual(due.toSorted());
  });

  it("are left for the next run when the janitor stops", async () => {
    await addMessages(500, 31);
    const stopping = new AbortController();
    const append: RetentionPorts["append"] = (effect) => {
      stopping.abort();
      return world.ports.append(effect);
    };
    await expect(run({ append }, stopping.signal)).rejects.toThrow();
    expect(await idsOf()).toHaveLength(300);
    await run();
    expect(await idsOf()).toEqual([]);
  });
});

describe("attachments' content", () => {
  it("goes when the last message that carries it is removed, and a day after it was put at the earliest", async () => {
    await addMessages(2, 31, "old");
    await addMessages(1, null, "shown");
    const shared = randomBytes(100);
    const [alone, young] = [await attach("old0", randomBytes(50)), await attach("old1", randomBytes(60))];
    await addMessages(1, 31, "also");
    const both = await attach("shown0", shared);
    expect(await attach("also0", shared)).toBe(both);
    await age(alone, 25);
    await age(both, 25);
    await run();
    expect(await blobNames()).toEqual([young, both].sort());
    await age(young, 25);
    await run();
    expect(await blobNames()).toEqual([both]);
  });

  it("of another installation's store is left alone, and none is put there", async () => {
    const theirs = createFolderStore(folder);
    expect(await theirs.claim("somebody else")).toBe("somebody else");
    const { sha256 } = await theirs.put(
      (async function* () {
        yield Buffer.from("theirs");
      })(),
    );
    await age(sha256, 1_000);
    const unfinished = theirs.put(
      (async function* () {
        yield Buffer.from("half");
        await new Promise(() => {});
      })(),
    );
    unfinished.catch(() => {});
    await expect.poll(async () => (await readdir(join(folder, "incoming"))).length).toBe(1);
    const refused = { cause: { code: "foreign_blob_store" } };
    const inAnHour = new Date(Date.now() + 3_600_000);
    await expect(blobs.removeUnfinished(inAnHour)).rejects.toMatchObject(refused);
    expect(await readdir(join(folder, "incoming"))).toHaveLength(1);
    await expect(run()).rejects.toMatchObject(refused);
    expect(await blobNames()).toEqual([sha256]);
    await addMessages(1, null);
    await expect(attach("m0", Buffer.from("ours"))).rejects.toMatchObject(refused);
  });

  it("in a store that nobody has claimed is left alone until there is something of ours in it", async () => {
    const theirs = createFolderStore(folder);
    const { sha256 } = await theirs.put(
      (async function* () {
        yield Buffer.from("whose?");
      })(),
    );
    await age(sha256, 1_000);
    await run();
    expect([await blobNames(), await theirs.owner()]).toEqual([[sha256], null]);
    await addMessages(1, null);
    await expect(attach("m0", Buffer.from("ours"))).rejects.toMatchObject({
      cause: { code: "foreign_blob_store" },
    });
    // As a store is that was used before there were owners.
    await world.pool.query(
      `insert into attachments (account_id, provider_id, part_id, tenant_id, position, mime_type, size_bytes, sha256,
         blob_size, fetched_at) values ($1, 'm0', '9', $2, 0, 'image/png', 6, $3, 6, now())`,
      [ref.accountId, ref.tenantId, sha256],
    );
    await attach("m0", Buffer.from("ours"));
    expect(await theirs.owner()).not.toBe(null);
  });

  it("is ours when somebody has written so by hand", async () => {
    const { rows } = await world.pool.query<{ id: string }>("select id from installation");
    await writeFile(join(folder, "owner"), `${rows[0]?.id}\n`);
    await addMessages(1, null);
    await attach("m0", Buffer.from("ours"));
    expect(await blobNames()).toHaveLength(1);
  });

  it("that a put left unfinished is removed", async () => {
    const stuck = Promise.withResolvers<void>();
    const putting = blobs.put(
      (async function* () {
        yield Buffer.from("half");
        await stuck.promise;
      })(),
    );
    putting.catch(() => {});
    await addMessages(1, null);
    await attach("m0", Buffer.from("something of ours"));
    const inADay = new Date(Date.now() + 25 * 3_600_000);
    await expect
      .poll(async () => {
        const scope = scopeOf({ now: inADay });
        await removeOrphanBlobs(ports(), 24, scope);
        return scope.removed().counts;
      })
      .toMatchObject({ unfinished: 1 });
    stuck.resolve();
    await putting.catch(() => {});
  });
});

it("links to connect mailboxes are removed a day after they have expired, with their attempts and without their accounts", async () => {
  const { tenantId, accountId } = ref;
  const mark = accountId.slice(-12);
  await world.pool.query(
    `insert into connect_links (id, tenant_id, return_url, options, expires_at, account_id, connected_at)
     select 'lnk_' || $3 || n, $1, 'https://a.example/', '{}', now() - make_interval(hours => n), $2, now()
     from unnest('{22, 23, 25, 26}'::int[]) as n`,
    [tenantId, accountId, mark],
  );
  await world.pool.query(
    `insert into connect_attempts (id, tenant_id, link_id, browser_hash, sealed_verifier, redirect_uri, expires_at)
     select 'att_' || id, tenant_id, id, 'x', 'x', 'x', expires_at from connect_links where tenant_id = $1`,
    [tenantId],
  );
  await run();
  for (const table of ["connect_links", "connect_attempts"]) {
    const { rows } = await world.pool.query<{ id: string }>(
      `select right(id, 2) as id from ${table} where tenant_id = $1 order by id`,
      [tenantId],
    );
    expect(rows.map(({ id }) => id)).toEqual(["22", "23"]);
  }
  expect((await world.pool.query("select from accounts where id = $1", [accountId])).rowCount).toBe(1);
});

it("traces of what is gone are removed after a week; labels that no look has settled stay doubted", async () => {
  const add = (table: string, column: string, more = "") =>
    world.pool.query(
      `insert into ${table} (account_id, ${table === "tombstones" ? "provider_id" : "id"}, tenant_id, ${column}${more && ", relieved_at"})
       select $1, n::text, $2, now() - make_interval(days => n, mins => 1)${more && ", now()"} from generate_series(1, 9) as n`,
      [ref.accountId, ref.tenantId],
    );
  const left = async (table: string) =>
    (await world.pool.query(`select from ${table} where account_id = $1`, [ref.accountId])).rowCount;
  await add("tombstones", "buried_at");
  await add("removed_labels", "removed_at", "settled");
  await run();
  expect([await left("tombstones"), await left("removed_labels")]).toEqual([6, 6]);
  await world.pool.query("delete from removed_labels where account_id = $1", [ref.accountId]);
  await add("removed_labels", "removed_at");
  await run();
  expect(await left("removed_labels")).toBe(9);
});

describe("what webhook endpoints were told", () => {
  it("is removed when it has had its time, unless it is still tried", async () => {
    await world.pool.query(
      `insert into webhook_endpoints (id, tenant_id, url, events, sealed_secret) values ('whe_1', $1, '', '{a}', '')`,
      [ref.tenantId],
    );
    const add = (id: string, days: number, state: string) =>
      world.pool.query(
        `insert into webhook_deliveries (id, tenant_id, endpoint_id, type, body, state, created_at, due_at)
         values ($1, $2, 'whe_1', 'a', '{}', $3, now() - make_interval(days => $4), case when $3 = 'pending' then now() end)`,
        [id, ref.tenantId, state, days],
      );
    await add("whm_old", 31, "delivered");
    await add("whm_given_up", 31, "exhausted");
    await add("whm_replayed", 31, "pending");
    await add("whm_young", 29, "delivered");
    await run();
    const { rows } = await world.pool.query<{ id: string }>("select id from webhook_deliveries order by id");
    expect(rows.map(({ id }) => id)).toEqual(["whm_replayed", "whm_young"]);
  });
});
