import { randomBytes } from "node:crypto";
import { mkdtemp, rename, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import type { BlobStore } from "@millrace/shared/blobs/blob-store";
import { createFolderStore } from "@millrace/shared/blobs/create-folder-store";
import { ownedStore } from "@millrace/shared/blobs/owned-store";
import { noHistory } from "@millrace/shared/events/attempt";
import { removeAccount, startSync } from "@millrace/shared/events/evolve-course";
import type { FactOf } from "@millrace/shared/events/facts";
import { newId } from "@millrace/shared/events/identifiers";
import { type AccountRef, requestSubject } from "@millrace/shared/events/subjects";
import { ensureTopology } from "@millrace/shared/nats/ensure-topology";
import { purgeAccountLog, purgeAccountWork } from "@millrace/shared/nats/purge-account";
import { streams } from "@millrace/shared/nats/topology";
import type { Scope, SweepingPool } from "@millrace/shared/postgres/create-pool";
import { Keyring } from "@millrace/shared/postgres/keyring";
import { loadAccount, loadLeavingAccount, sealCredentials } from "@millrace/shared/postgres/load-account";
import { rebuildViews } from "@millrace/shared/projection/rebuild-views";
import { createGmailProvider } from "@millrace/shared/providers/gmail/create-gmail-provider";
import { memoryTokenVault } from "@millrace/shared/providers/testing/memory-token-vault";
import {
  at,
  givenActive,
  givenChunkItem,
  givenCourse,
  givenFetched,
  givenPage,
  givenProgress,
  givenStarted,
} from "@millrace/shared/testing/given";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import type { RemovalPorts } from "./removal-ports.ts";
import { removeAccounts } from "./remove-accounts.ts";

const keyring = Keyring.parse(`k1:${randomBytes(32).toString("base64")}`);
const never = new AbortController().signal;
const messages = 450;

let world: TestWorld;
let simulator: GmailSimulator;
let provider: ReturnType<typeof createGmailProvider>;
let folder: string;
let blobs: BlobStore;
let ports: RemovalPorts;
let ref: AccountRef;
let email: string;

beforeAll(async () => {
  [world, simulator] = await Promise.all([startWorld(), startGmailSimulator({ quotas: "off" })]);
  folder = await mkdtemp(join(tmpdir(), "millrace-removal-"));
  blobs = createFolderStore(folder);
  provider = createGmailProvider({
    vault: memoryTokenVault(),
    rootUrl: simulator.rootUrl,
    tokenUrl: simulator.tokenUrl,
    clientId: "client",
    clientSecret: "secret",
  });
  ports = {
    ...world.ports,
    provider,
    loadLeaving: (account) => loadLeavingAccount(world.pool, keyring, account),
    blobs,
    purgeWork: (account) => purgeAccountWork(world.nats, account),
    purgeLog: (account) => purgeAccountLog(world.nats, account),
    random: () => 0,
    blobGraceSeconds: 0,
    sweepSeconds: 3_600,
  };
});
afterAll(async () => {
  provider?.close();
  await simulator?.close();
  await world?.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await simulator.control.clearFaults();
  ({ ref, email } = await addAccount());
});

/** Runs until nothing is due. */
const run = (more: Partial<RemovalPorts> = {}) => removeAccounts({ ...ports, ...more }, never);
/** All that time, and the projector, would do. */
async function finish(more: Partial<RemovalPorts> = {}): Promise<void> {
  for (let turn = 0; turn < 6; turn++) {
    await world.pool.query("update account_removals set due_at = now()");
    await run(more);
    await world.project();
  }
}

async function addAccount(address?: string) {
  const added = await world.addAccount();
  const its = address ?? `${added.accountId}@example.com`;
  if (address === undefined) await simulator.control.createMailbox({ email: its, generate: 3 });
  const tenantId = address === undefined ? added.tenantId : "other";
  await world.pool.query("insert into tenants (id, name) values ('other', 'Other') on conflict do nothing");
  await world.pool.query(
    "update accounts set email = $2, sealed_credentials = $3, tenant_id = $4 where id = $1",
    [
      added.accountId,
      its,
      sealCredentials(keyring, { ...added, tenantId }, { refreshToken: `sim-refresh-${its}` }),
      tenantId,
    ],
  );
  return { ref: { ...added, tenantId }, email: its };
}

async function keepBlob(content: string, hoursAgo = 1): Promise<string> {
  const { sha256 } = await blobs.put(
    (async function* () {
      yield Buffer.from(content);
    })(),
  );
  const putAt = new Date(Date.now() - hoursAgo * 3_600_000);
  await utimes(join(folder, sha256.slice(0, 2), sha256.slice(2, 4), sha256), putAt, putAt);
  return sha256;
}

async function addMessages(of: AccountRef, count: number): Promise<void> {
  await world.pool.query(
    `insert into messages (account_id, provider_id, tenant_id, id, label_ids, size_bytes, snippet, reference_ids,
       headers, addresses, content, defects, search, sync_id, work)
     select $1, 'm' || n, $2, $1 || n, '{}', 1, '', '{}', '[]', '{}', 'raw', '{}', '', 's', '0'
     from generate_series(1, $3::integer) n`,
    [of.accountId, of.tenantId, count],
  );
}
const attach = (of: AccountRef, providerId: string, sha256: string) =>
  world.pool.query(
    `insert into attachments (account_id, provider_id, part_id, tenant_id, position, mime_type, size_bytes, sha256,
       blob_size, fetched_at) values ($1, $2, '1', $3, 0, 'image/png', 1, $4, 1, now())`,
    [of.accountId, providerId, of.tenantId, sha256],
  );

/** Something in every table that can have anything of an account, in the queue, and in the log. */
async function fill(of: AccountRef): Promise<{ alone: string; syncId: string }> {
  const owner = [of.tenantId, of.accountId];
  await addMessages(of, messages);
  const alone = await keepBlob(`of ${of.accountId} alone`);
  await attach(of, "m1", alone);
  const syncId = newId("syn");
  for (const sql of [
    `insert into message_contents (tenant_id, account_id, provider_id, raw) values ($1, $2, 'm1', 'x')`,
    `insert into dead_letter_contents (tenant_id, account_id, provider_id, raw) values ($1, $2, 'm2', 'x')`,
    `insert into labels (tenant_id, account_id, id, name, type, seen_at) values ($1, $2, 'L', 'L', 'user', now())`,
    `insert into removed_labels (tenant_id, account_id, id, removed_at) values ($1, $2, 'R', now())`,
    `insert into tombstones (tenant_id, account_id, provider_id) values ($1, $2, 't')`,
    `insert into verifications (id, tenant_id, account_id, repair, position) values ('ver_' || $2, $1, $2, false, '{}')`,
    `insert into verification_messages (verification_id, tenant_id, provider_id) values ('ver_' || $2, $1, 'm1')`,
    `insert into claims (sync_id, tenant_id, account_id, chunk_index, is_open) values ('c' || $2, $1, $2, 0, true)`,
    `insert into sync_requests (sync_id, tenant_id, account_id, body_hash, request) values ('r' || $2, $1, $2, 'x', '{}')`,
    `insert into access_tokens (tenant_id, account_id, version, grant_hash, own_grant) values ($1, $2, 1, 'x', 'x')`,
    `insert into schedules (tenant_id, account_id, next_run_at) values ($1, $2, now())`,
    `insert into watches (tenant_id, account_id, status, expires_at, credentials_version, due_at)
       values ($1, $2, 'active', now() + interval '6 days', 1, now())`,
    `insert into repairs (tenant_id, account_id, reason, since) values ($1, $2, '', now())`,
    `insert into webhook_endpoints (id, tenant_id, url, events, sealed_secret)
       values ('whe_' || $1, $1, 'https://example.com', '{sync.completed}', '') on conflict do nothing`,
    `insert into webhook_deliveries (id, tenant_id, account_id, endpoint_id, type, body, state)
       values ('whm_' || $2, $1, $2, 'whe_' || $1, 'sync.completed', '{}', 'delivered')`,
    `insert into tenant_lines (tenant_id, account_id, sync_id) values ($1, $2, 's')`,
  ])
    await world.pool.query(sql, owner.slice(0, sql.includes("$2") ? 2 : 1));
  const active = givenActive(syncId);
  await world.append(of, { ...givenStarted(active, startSync(givenCourse(), active)), syncId });
  await world.append(of, givenPage(0, 250, { syncId, nextPageToken: null }));
  const letters = [{ ordinal: 0, messageId: "m2", category: "bad_item", message: "no" }] as const;
  await world.append(of, givenFetched(givenProgress(1), { syncId, letters: [...letters] }));
  await world.ports.enqueue({
    kind: "enqueue",
    ref: of,
    lane: "bulk",
    item: givenChunkItem({ syncId }),
    dedupeId: newId("syn"),
    dueAtMs: null,
  });
  await world.ports.enqueue({
    kind: "enqueue",
    ref: of,
    lane: "list",
    item: { kind: "probe", syncId, history: noHistory },
    dedupeId: newId("syn"),
    dueAtMs: Date.now() + 3_600_000,
  });
  await world.nats.js.publish(`quota.account.${of.tenantId}.${of.accountId}`, "{}");
  return { alone, syncId };
}

async function ask(of: AccountRef): Promise<void> {
  const { course } = await world.ports.state.course(of);
  const asked = { requestedAt: at, requestId: "req-1" };
  await world.append(of, {
    type: "account.removal_requested",
    requestId: "req-1",
    cancelled: course.active === null ? [] : [course.active.syncId],
    course: removeAccount(course, asked),
  });
  await world.project();
}

/** Tables and streams that say anything of an account: every row as text, every subject and message. */
async function traces(of: AccountRef, address: string): Promise<string[]> {
  const found: string[] = [];
  const { rows } = await world.pool.query<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
  );
  for (const { name } of rows) {
    const { rows: hits } = await world.pool.query<{ row: string }>(
      `select t::text as row from ${name} t where t::text like $1 or t::text like $2 or t::text like $3`,
      [`%${of.accountId}%`, `%${address}%`, `%${Buffer.from(address).toString("hex")}%`],
    );
    for (const { row } of hits) found.push(`${name}: ${row.slice(0, 200)}`);
  }
  for (const { name } of streams) {
    const { state } = await world.nats.jsm.streams.info(name);
    for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq++) {
      const message = await world.nats.jsm.streams.getMessage(name, { seq });
      const text = message === null ? "" : `${message.subject} ${message.string()}`;
      if (text.includes(of.accountId) || text.includes(address)) found.push(`${name}: ${text.slice(0, 200)}`);
    }
  }
  return found.sort();
}

/** The fact, its view, and its id where the projector notes how far it is. */
const isRemainder = (trace: string): boolean =>
  /^(events|EVENTS): .*account\.removed/.test(trace) ||
  /^account_states: .*removed/.test(trace) ||
  /^checkpoints: .*acc_\w+\.removed\W/.test(trace);
const removedFact = async (of = ref) =>
  (await world.factsOf(of)).find(
    (fact): fact is FactOf<"account.removed"> => fact.type === "account.removed",
  );
const blobNames = async () => {
  const names: string[] = [];
  for await (const { sha256 } of blobs.list()) names.push(sha256);
  return names;
};

describe("an account whose removal was asked for", () => {
  it("is removed with everything that is held on it, and one fact remains, which holds no address", async () => {
    const other = await addAccount();
    const { alone } = await fill(ref);
    await addMessages(other.ref, 1);
    const shared = await keepBlob("of both");
    await attach(ref, "m3", shared);
    await attach(other.ref, "m1", shared);
    expect(
      new Set((await traces(ref, email)).map((trace) => trace.split(":")[0])).size,
    ).toBeGreaterThanOrEqual(21);
    await ask(ref);
    await finish();
    expect((await traces(ref, email)).filter((trace) => !isRemainder(trace))).toEqual([]);
    expect(await traces(ref, email)).toHaveLength(4);
    expect(await removedFact()).toMatchObject({
      requestId: "req-1",
      requestedAt: at,
      watch: "stopped",
      grant: "revoked",
      messages,
      attachments: 2,
      blobs: 1,
      events: 4,
    });
    expect(JSON.stringify(await removedFact())).not.toContain("@");
    const names = await blobNames();
    expect([names.includes(alone), names.includes(shared)]).toEqual([false, true]);
    expect((await simulator.control.getMailbox(email)).granted).toBe(false);
    const { rows } = await world.pool.query(
      "select count(*)::int as count from messages where account_id = $1",
      [other.ref.accountId],
    );
    expect(rows).toEqual([{ count: 1 }]);
  });

  it("is neither watched, nor polled, nor opened any more from the first turn on", async () => {
    await fill(ref);
    await ask(ref);
    await simulator.control.addFault({
      match: { endpoint: "stop" },
      effect: { kind: "status", status: 503 },
    });
    await run();
    const left = async (table: string) =>
      (await world.pool.query(`select from ${table} where account_id = $1`, [ref.accountId])).rowCount;
    expect([await left("schedules"), await left("watches")]).toEqual([0, 0]);
    expect(await loadAccount(world.pool, keyring, ref)).toBeNull();
    expect(await left("messages")).toBe(messages); // the provider is told first
  });

  it("is removed although the provider is away for good, and the fact says so", async () => {
    await ask(ref);
    await simulator.control.addFault({
      match: { endpoint: "revoke" },
      effect: { kind: "status", status: 503 },
    });
    for (let turn = 0; turn < 8; turn++) {
      await world.pool.query("update account_removals set due_at = now()");
      await run();
    }
    await finish();
    expect(await removedFact()).toMatchObject({ watch: "none", grant: "failed" });
    expect((await traces(ref, email)).filter((trace) => !isRemainder(trace))).toEqual([]);
  });

  it("is removed when its consent is gone already, and when its credentials cannot be read", async () => {
    await simulator.control.setGranted(email, false);
    await ask(ref);
    await finish();
    expect(await removedFact()).toMatchObject({ grant: "refused" });
    const damaged = (await addAccount()).ref;
    await world.pool.query("update accounts set sealed_credentials = '' where id = $1", [damaged.accountId]);
    await ask(damaged);
    await finish();
    expect(await removedFact(damaged)).toMatchObject({ grant: "none" });
  });

  it("leaves the consent to another account of the same mailbox, but not to one that only claims to be its", async () => {
    const claiming = await addAccount(email);
    await ask(ref);
    await finish();
    expect(await removedFact()).toMatchObject({ grant: "revoked" });
    const again = await addAccount();
    const sharing = await addAccount(again.email);
    await world.pool.query(
      "insert into access_tokens (tenant_id, account_id, version, grant_hash, own_grant) values ('other', $1, 1, 'x', 'x')",
      [sharing.ref.accountId],
    );
    await ask(again.ref);
    await finish();
    expect(await removedFact(again.ref)).toMatchObject({ grant: "shared" });
    expect((await simulator.control.getMailbox(again.email)).granted).toBe(true);
    for (const other of [claiming, sharing]) {
      const { rowCount } = await world.pool.query("select from accounts where id = $1", [
        other.ref.accountId,
      ]);
      expect(rowCount).toBe(1);
    }
  });

  it("waits for content that was put just now: another account may be about to name it", async () => {
    await addMessages(ref, 1);
    const young = await keepBlob("young", 0);
    await attach(ref, "m1", young);
    await ask(ref);
    await finish({ blobGraceSeconds: 600 });
    expect(await removedFact()).toBeUndefined();
    expect(await blobNames()).toContain(young);
    await finish();
    expect(await removedFact()).toMatchObject({ blobs: 1 });
    expect(await blobNames()).not.toContain(young);
  });

  it("waits while the folder of attachments is not there, and counts what it removes once it is", async () => {
    const owned = ownedStore(blobs, world.pool);
    await addMessages(ref, 1);
    const alone = await keepBlob("alone");
    await attach(ref, "m1", alone);
    await owned.put(
      (async function* () {
        yield Buffer.from("another");
      })(),
    );
    await ask(ref);
    await rename(folder, `${folder}-away`);
    await finish({ blobs: owned });
    expect(await removedFact()).toBeUndefined();
    await rename(`${folder}-away`, folder);
    await finish({ blobs: owned });
    expect(await removedFact()).toMatchObject({ blobs: 1 });
  });

  it("is not brought back by a slow worker: what it writes goes with the account, what it tells is void", async () => {
    const { syncId } = await fill(ref);
    await ask(ref);
    const state = world.ports.state;
    const slow: RemovalPorts["state"] = {
      ...state,
      course: async (of) => {
        // The account's row is gone by now.
        await expect(addMessages(ref, 1)).rejects.toMatchObject({ code: "23503" });
        return state.course(of);
      },
    };
    await run({ state: slow });
    await world.project();
    const mail = { added: ["m1"], changed: [], deleted: [] };
    await world.append(ref, { type: "chunk.abandoned", syncId, chunkIndex: 0, mail });
    await world.append(ref, givenPage(1, 5, { syncId }));
    await finish();
    expect((await traces(ref, email)).filter((trace) => !isRemainder(trace))).toEqual([]);
  });

  it("comes back by no older database: its mail is removed again, and the provider is asked nothing", async () => {
    await ask(ref);
    await finish();
    // As a backup has it: the account and its mail, and a view that has not heard of the end.
    await world.pool.query(
      "insert into accounts (id, tenant_id, provider, email, sealed_credentials) values ($1, $2, 'gmail', $3, 'x')",
      [ref.accountId, ref.tenantId, email],
    );
    await addMessages(ref, 3);
    await simulator.control.resetCalls();
    await finish();
    expect((await traces(ref, email)).filter((trace) => !isRemainder(trace))).toEqual([]);
    expect((await simulator.control.calls()).total).toBe(0);
    expect((await world.factsOf(ref)).filter(({ type }) => type === "account.removed")).toHaveLength(1);
  });

  it("is removed although the log lost that before anybody had heard of it: the mark is enough", async () => {
    await fill(ref);
    await world.pool.query(
      "update accounts set removing_at = now() - interval '1 minute', removing_by = 'req-1' where id = $1",
      [ref.accountId],
    );
    await world.project();
    await finish();
    expect((await traces(ref, email)).filter((trace) => !isRemainder(trace))).toEqual([]);
    expect(await removedFact()).toMatchObject({ requestId: "req-1", messages });
  });

  it("ends although the log lost its end before that was projected: it is told again", async () => {
    await fill(ref);
    await ask(ref);
    await world.project();
    await run();
    expect(await removedFact()).toMatchObject({ messages });
    await world.nats.jsm.streams.delete("EVENTS");
    await ensureTopology(world.nats);
    await finish();
    expect((await traces(ref, email)).filter((trace) => !isRemainder(trace))).toEqual([]);
    expect(await removedFact()).toMatchObject({ messages });
  });

  it("can be connected again, as another account, and that one stays", async () => {
    await fill(ref);
    await ask(ref);
    await finish();
    await simulator.control.setGranted(email, true);
    const { ref: anew } = await addAccount(email);
    await addMessages(anew, 2);
    await finish();
    const { rowCount } = await world.pool.query("select from messages where account_id = $1", [
      anew.accountId,
    ]);
    expect(rowCount).toBe(2);
  });

  it("is asked for a sync in vain: nothing of the request is left", async () => {
    await ask(ref);
    await finish();
    await world.ports.publishRequest(ref, { ...givenRequestOf(newId("syn")) });
    expect(
      await world.nats.jsm.streams.getMessage("REQUESTS", { last_by_subj: requestSubject(ref) }),
    ).not.toBeNull();
    await purgeAccountLog(world.nats, ref);
    expect((await traces(ref, email)).filter((trace) => !isRemainder(trace))).toEqual([]);
  });
});

const givenRequestOf = (syncId: string) =>
  ({ syncId, mode: "auto", trigger: "api", requestedAt: at }) as const;

describe("a removal", () => {
  /** A process that dies when so many of its effects have taken place. */
  function dying(effectsMax: number): { ports: RemovalPorts; died: () => boolean } {
    let effects = 0;
    const count =
      <A extends unknown[], R>(act: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        if (effects >= effectsMax) throw new Error("killed");
        const result = await act(...args);
        if (++effects >= effectsMax) throw new Error("killed");
        return result;
      };
    const counting = (scope: Scope): Scope => ({ ...scope, query: count(scope.query) as Scope["query"] });
    const pool: SweepingPool = {
      ...world.pool,
      of: (tenantId) => counting(world.pool.of(tenantId)),
      ofAll: () => counting(world.pool.ofAll()),
    };
    return {
      ports: {
        ...ports,
        pool,
        append: count(ports.append),
        purgeWork: count(ports.purgeWork),
        purgeLog: count(ports.purgeLog),
        blobs: { delete: count(blobs.delete), has: count(blobs.has) },
      },
      died: () => effects >= effectsMax,
    };
  }

  it("that is killed after any of its effects goes on, and comes to the same end", async () => {
    let kills = 0;
    for (let effects = 1; ; effects++) {
      const { ref: account, email: address } = await addAccount();
      const { alone } = await fill(account);
      await ask(account);
      const process = dying(effects);
      await removeAccounts(process.ports, never).catch(() => {});
      await world.project();
      await removeAccounts(process.ports, never).catch(() => {});
      if (!process.died()) break;
      kills++;
      await finish();
      const told = (await world.factsOf(account)).filter(({ type }) => type === "account.removed");
      expect([effects, told.length]).toEqual([effects, 1]);
      expect(told[0]).toMatchObject({ messages, attachments: 1, events: 4 });
      expect([
        effects,
        await traces(account, address).then((all) => all.filter((one) => !isRemainder(one))),
      ]).toEqual([effects, []]);
      expect(await blobNames()).not.toContain(alone);
    }
    expect(kills).toBeGreaterThan(30);
  }, 240_000);

  it("is worked on by one janitor at a time, however many there are", async () => {
    const others = await Promise.all([1, 2, 3].map(() => addAccount()));
    for (const one of others) await fill(one.ref);
    for (const one of others) await ask(one.ref);
    await simulator.control.resetCalls();
    await Promise.all([run(), run(), run()]);
    await finish();
    const { calls } = await simulator.control.calls();
    const revocations = calls.filter(({ endpoint }) => endpoint === "revoke");
    expect(revocations.reduce((sum, { count }) => sum + count, 0)).toBe(3);
    for (const one of others)
      expect(await removedFact(one.ref)).toMatchObject({ messages, grant: "revoked" });
  });

  it("leaves views that a rebuild gives again, at every step of it", async () => {
    const check = async () => (await rebuildViews(world.pool.owner, { check: true })).differences;
    const other = await addAccount();
    await fill(other.ref);
    await fill(ref);
    await ask(ref);
    for (let effects = 3; effects < 80; effects += 3) {
      await world.pool.query("update account_removals set due_at = now()");
      await removeAccounts(dying(effects).ports, never).catch(() => {});
      await world.project();
      expect([effects, await check()]).toEqual([effects, 0]);
    }
    await finish();
    expect(await check()).toBe(0);
    await rebuildViews(world.pool.owner, { check: false });
    expect((await traces(ref, email)).filter((trace) => !isRemainder(trace))).toEqual([]);
  });

  it("does not make the projector take the log for another one, also where its checkpoint's event is removed", async () => {
    await fill(ref);
    await ask(ref);
    await finish();
    const late = { type: "request.republished", syncId: newId("syn"), reason: "" } as const;
    await world.append(ref, late);
    await world.project(); // its checkpoint is at a fact that is void
    await purgeAccountLog(world.nats, ref);
    const epochOf = async () => (await world.pool.query("select epoch from checkpoints")).rows[0]?.epoch;
    const before = await epochOf();
    await world.project();
    expect(await epochOf()).toBe(before);
  });
});
