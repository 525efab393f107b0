import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { newId } from "../events/identifiers.ts";
import type { AcceptedRequest } from "../events/sync-request.ts";
import { createPool } from "../postgres/create-pool.ts";
import { createGmailProvider } from "../providers/gmail/create-gmail-provider.ts";
import type { ProviderSession } from "../providers/mail-provider.ts";
import { memoryTokenVault } from "../providers/testing/memory-token-vault.ts";
import { createTestPool, type TestPool } from "../testing/create-test-pool.ts";
import { silentLogger } from "../testing/silent-logger.ts";
import { beginForSync } from "./begin-for-sync.ts";
import { failVerification } from "./fail-verification.ts";
import { forgetFindings } from "./forget-findings.ts";
import { readFindings } from "./read-findings.ts";
import { runVerification } from "./run-verification.ts";
import type { Finding, VerificationOutcome } from "./verification.ts";

const count = 1_200;
const tenantId = "acme";

let simulator: GmailSimulator;
let database: TestDatabase;
let pool: TestPool;
let provider: ReturnType<typeof createGmailProvider>;
let session: ProviderSession;
let email: string;
let ref: { tenantId: string; accountId: string };
let published: AcceptedRequest[];
/** A label that no message bears. */
let label: { readonly id: string };

beforeAll(async () => {
  [simulator, database] = await Promise.all([startGmailSimulator({ quotas: "off" }), createTestDatabase()]);
  pool = createTestPool(database.url, "chunker", 4);
  await pool.query("insert into tenants (id, name) values ('acme', 'acme'), ('other', 'other')");
  provider = createGmailProvider({
    vault: memoryTokenVault(),
    rootUrl: simulator.rootUrl,
    tokenUrl: simulator.tokenUrl,
    clientId: "client",
    clientSecret: "secret",
    requestTimeoutMs: 5_000,
  });
});
afterAll(async () => {
  provider?.close();
  await pool?.end();
  await database?.drop();
  await simulator?.close();
});

beforeEach(async () => {
  const accountId = newId("acc");
  ref = { tenantId, accountId };
  email = `${accountId}@example.com`;
  const { refreshToken } = await simulator.control.createMailbox({ email, generate: count });
  await pool.query(
    `insert into accounts (id, tenant_id, provider, email, sealed_credentials) values ($1, $2, 'gmail', $3, 's')`,
    [accountId, tenantId, email],
  );
  session = provider.connect({ ...ref, email, refreshToken });
  published = [];
  label = await simulator.control.createLabel(email, "a label");
  await storeAll();
});
afterEach(() => simulator.control.clearFaults());

async function truth() {
  const all: { id: string; labelIds: readonly string[] }[] = [];
  for await (const { id, labelIds } of simulator.control.truth(email)) all.push({ id, labelIds });
  return all;
}

const isHidden = ({ labelIds }: { labelIds: readonly string[] }) =>
  labelIds.includes("SPAM") || labelIds.includes("TRASH");

/** The store as a full sync leaves it. */
async function storeAll(): Promise<void> {
  await store((await truth()).filter((message) => !isHidden(message)));
}

async function store(messages: readonly { id: string; labelIds: readonly string[] }[]): Promise<void> {
  await pool.query(
    `insert into messages (account_id, provider_id, tenant_id, id, label_ids, size_bytes, snippet, reference_ids,
       headers, addresses, content, defects, search, sync_id, work)
     select $1, id, $2, $1 || id, array(select jsonb_array_elements_text(labels)), 1, '', '{}', '[]', '{}', 'full',
       '{}', '', 's', 0
     from unnest($3::text[], $4::jsonb[]) as m (id, labels)
     on conflict (account_id, provider_id) do update set label_ids = excluded.label_ids, deleted_at = null`,
    [ref.accountId, tenantId, messages.map(({ id }) => id), messages.map((m) => JSON.stringify(m.labelIds))],
  );
}

async function request(repair = false): Promise<string> {
  const id = newId("ver");
  await pool.query(
    `insert into verifications (id, tenant_id, account_id, repair, position) values ($1, $2, $3, $4, '{"step":"begin"}')`,
    [id, tenantId, ref.accountId, repair],
  );
  return id;
}

const run = (
  id: string,
  from: ProviderSession = session,
  signal: AbortSignal = new AbortController().signal,
  shouldYield?: () => boolean,
): Promise<VerificationOutcome> =>
  runVerification(
    { pool, session: from, publishRequest: async (_ref, asked) => void published.push(asked) },
    ref,
    id,
    { signal, progressed: () => {}, shouldYield },
  );

async function verify(from: ProviderSession = session) {
  const outcome = await run(await request(), from);
  if (outcome.kind !== "verified") throw new Error(JSON.stringify(outcome));
  const { listed, stored, missing, extra, changed } = outcome.counts;
  return { listed, stored, missing, extra, changed };
}

async function findings(id: string): Promise<Record<string, Finding>> {
  const { rows } = await pool.query<{ id: string; finding: Finding }>(
    "select provider_id as id, finding from verification_messages where verification_id = $1",
    [id],
  );
  return Object.fromEntries(rows.map((row) => [row.id, row.finding]));
}

/** Runs something once, before the n-th call of a method. */
function before(
  method: "listPage" | "listChanges",
  call: number,
  act: () => Promise<unknown>,
): ProviderSession {
  let calls = 0;
  const counted = async () => {
    if (++calls === call) await act();
  };
  return {
    ...session,
    listPage: async (...args) => {
      if (method === "listPage") await counted();
      return session.listPage(...args);
    },
    listChanges: async (...args) => {
      if (method === "listChanges") await counted();
      return session.listChanges(...args);
    },
  };
}

const nothing = { missing: 0, extra: 0, changed: 0 };

test("a store that holds what a full sync lists has nothing missing, extra or changed", async () => {
  await simulator.control.generateMessages(email, 3, ["SPAM"]);
  await simulator.control.generateMessages(email, 2, ["TRASH", "STARRED"]);
  const all = await truth();
  const visible = all.filter((message) => !isHidden(message)).length;
  expect(visible).toBe(all.length - 5);
  expect(await verify()).toEqual({ listed: visible, stored: visible, ...nothing });
});

test("what is missing, extra and changed is found, id by id", async () => {
  const visible = (await truth()).filter((message) => !isHidden(message));
  const [lost, hidden, deleted, relabelled, trashed] = visible.map(({ id }) => id) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const key = [ref.accountId, lost];
  await pool.query("delete from messages where account_id = $1 and provider_id = $2", key);
  await pool.query("update messages set deleted_at = now() where account_id = $1 and provider_id = $2", [
    ref.accountId,
    hidden,
  ]);
  await simulator.control.deleteMessages(email, [deleted]);
  await simulator.control.relabelMessage(email, relabelled, { add: [label.id] });
  await simulator.control.relabelMessage(email, trashed, { add: ["TRASH"], remove: ["INBOX"] });
  await store([{ id: "neverthere", labelIds: ["INBOX"] }]);
  const id = await request();
  const outcome = await run(id);
  expect(outcome).toMatchObject({
    kind: "verified",
    counts: { missing: 2, extra: 2, changed: 2, repairSyncId: null },
  });
  expect(await findings(id)).toEqual({
    [lost]: "missing",
    [hidden]: "missing",
    [deleted]: "extra",
    neverthere: "extra",
    [relabelled]: "changed",
    [trashed]: "changed",
  });
  expect(published).toEqual([]);
});

test("mail that comes, leaves or is relabelled meanwhile is not reported", async () => {
  const visible = (await truth()).filter((message) => !isHidden(message));
  const oldest = visible[0]?.id ?? "";
  const older = visible[1]?.id ?? "";
  // The oldest stand on the last page: they leave before it is listed.
  const outcome = await verify(
    before("listPage", 1, async () => {
      await simulator.control.generateMessages(email, 3, ["INBOX"]);
      await simulator.control.deleteMessages(email, [oldest]);
      await simulator.control.relabelMessage(email, older, { add: [label.id] });
    }),
  );
  expect(outcome).toMatchObject(nothing);
  // And once the verification is over, they are.
  expect(await verify()).toMatchObject({ missing: 3, extra: 1, changed: 1 });
});

test("a sync that verifies finds what was relabelled meanwhile as well, where the store differs", async () => {
  const [, wrong = "", right = ""] = (await truth())
    .filter((message) => !isHidden(message))
    .map(({ id }) => id);
  const during = before("listPage", 1, async () => {
    for (const id of [wrong, right]) await simulator.control.relabelMessage(email, id, { add: [label.id] });
    await simulator.control.relabelMessage(email, right, { remove: [label.id] });
  });
  const id = newId("ver");
  await beginForSync(pool, ref, id, "syn_1");
  expect(await run(id, during)).toMatchObject({ kind: "verified", counts: { ...nothing, changed: 1 } });
  expect(await findings(id)).toEqual({ [wrong]: "changed" });
});

test("what a sync stores meanwhile is not extra", async () => {
  const during = before("listChanges", 1, async () => {
    const ids = await simulator.control.generateMessages(email, 2, ["INBOX"]);
    await store(ids.map((id) => ({ id, labelIds: ["INBOX"] })));
    await pool.query(
      "update messages set stored_at = now() where account_id = $1 and provider_id = any($2)",
      [ref.accountId, ids],
    );
  });
  expect(await verify(during)).toMatchObject(nothing);
});

test("with a repair, exactly the findings are asked for, once, and read page by page", async () => {
  const visible = (await truth()).filter((message) => !isHidden(message));
  const lost = visible.slice(0, 7).map(({ id }) => id);
  await pool.query("delete from messages where account_id = $1 and provider_id = any($2)", [
    ref.accountId,
    lost,
  ]);
  const id = await request(true);
  const first = await run(id);
  const second = await run(id);
  expect(second).toEqual(first);
  if (first.kind !== "verified") throw new Error(first.kind);
  const { repairSyncId } = first.counts;
  expect(published).toEqual([published[0], published[0]]); // publishing again names the same sync
  expect(published[0]).toMatchObject({ syncId: repairSyncId, repairOf: id });
  const { rows } = await pool.query("select request from sync_requests where sync_id = $1", [repairSyncId]);
  expect(rows).toEqual([{ request: published[0] }]);

  const pages: (readonly string[])[] = [];
  let pageToken: string | null = null;
  do {
    const page = await readFindings(pool, ref, id, pageToken, 3);
    pages.push(page.ids);
    pageToken = page.nextPageToken;
  } while (pageToken !== null);
  expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
  expect(pages.flat()).toEqual(lost.toSorted());
  const foreign = await readFindings(pool, { ...ref, tenantId: "other" }, id, null, 10);
  expect(foreign).toEqual({ ids: [], nextPageToken: null });
});

test("nothing found, nothing to repair", async () => {
  const outcome = await run(await request(true));
  expect(outcome).toMatchObject({ kind: "verified", counts: { repairSyncId: null } });
  expect(published).toEqual([]);
});

test("faults at 30 % of all calls only make it longer: it goes on where it was", async () => {
  const [lost] = (await truth()).filter((message) => !isHidden(message));
  await pool.query("delete from messages where account_id = $1 and provider_id = $2", [
    ref.accountId,
    lost?.id,
  ]);
  await simulator.control.addFault({
    match: { email },
    effect: { kind: "status", status: 503 },
    when: { probability: 0.3 },
  });
  const id = await request();
  let outcome = await run(id);
  let faults = 0;
  for (; outcome.kind === "fault"; faults++) {
    expect(outcome.fault.category).toBe("transient");
    outcome = await run(id);
  }
  expect(faults).toBeGreaterThan(5);
  expect(outcome).toMatchObject({ kind: "verified", counts: { ...nothing, missing: 1 } });
  expect(await findings(id)).toEqual({ [lost?.id ?? ""]: "missing" });
});

test("stopped in the middle it goes on there, and no page is asked for twice", async () => {
  await simulator.control.resetCalls();
  const id = await request();
  const stop = new AbortController();
  const stopping = before("listPage", 4, async () => stop.abort(new Error("stopping")));
  await expect(run(id, stopping, stop.signal)).rejects.toThrow("stopping");
  const outcome = await run(id);
  expect(outcome).toMatchObject({ kind: "verified", counts: nothing });
  const interrupted = await callsOf("messages.list");
  await simulator.control.resetCalls();
  await verify();
  expect(interrupted).toBe(await callsOf("messages.list"));
});

async function callsOf(wanted: string): Promise<number> {
  const { calls } = await simulator.control.calls();
  return calls.filter(({ endpoint }) => endpoint === wanted).reduce((sum, { count: n }) => sum + n, 0);
}

test("of two that work on one verification at once only the newer claim moves it, and nothing is double", async () => {
  const visible = (await truth()).filter((message) => !isHidden(message)).length;
  const id = await request();
  let newer: VerificationOutcome | undefined;
  const older = await run(
    id,
    before("listPage", 3, async () => {
      newer = await run(id);
    }),
  );
  expect(older.kind).toBe("over");
  expect(newer).toMatchObject({ kind: "verified", counts: { listed: visible, ...nothing } });
});

test("a history that the provider has forgotten begins the verification anew", async () => {
  const id = await request();
  const forgetful = before("listChanges", 1, () => simulator.control.expireHistory(email));
  expect(await run(id, forgetful)).toMatchObject({ kind: "fault", fault: { category: "watermark_expired" } });
  expect(await run(id)).toMatchObject({ kind: "verified", counts: nothing });
});

test("a history that is forgotten each time is no progress, however much was listed, so that the attempts come to an end", async () => {
  const id = await request();
  const forgetful: ProviderSession = {
    ...session,
    listChanges: async (...asked) => {
      await simulator.control.expireHistory(email);
      return session.listChanges(...asked);
    },
  };
  for (let attempt = 0; attempt < 2; attempt++)
    expect(await run(id, forgetful)).toMatchObject({ kind: "fault", gotFurther: false });

  // A sync only fetches what differs: it compares without knowing what has happened meanwhile.
  const ofSync = newId("ver");
  await beginForSync(pool, ref, ofSync, "syn_1");
  expect(await run(ofSync, forgetful)).toMatchObject({ kind: "verified", counts: nothing });
});

test("a page token that the provider refuses begins that listing anew", async () => {
  const id = await request();
  const refusing: ProviderSession = {
    ...session,
    listPage: (listing, signal) =>
      session.listPage(
        listing.pageToken === undefined ? listing : { ...listing, pageToken: "stale" },
        signal,
      ),
  };
  expect(await run(id, refusing)).toMatchObject({ kind: "fault", fault: { status: 400 } });
  expect(await run(id)).toMatchObject({ kind: "verified", counts: nothing });
});

test("a label that is deleted meanwhile is passed over", async () => {
  let isGone = false;
  const deleting: ProviderSession = {
    ...session,
    listPage: async (listing, signal) => {
      if (listing.labelIds?.[0] === label.id && !isGone) {
        isGone = true;
        await simulator.control.removeLabel(email, label.id);
      }
      return session.listPage(listing, signal);
    },
  };
  expect(await verify(deleting)).toMatchObject(nothing);
  expect(isGone).toBe(true);
});

test("what a listing slips over is looked at once more, and is no finding", async () => {
  const slipped = (await truth()).filter((message) => !isHidden(message))[500]?.id;
  const slipping: ProviderSession = {
    ...session,
    listPage: async (listing, signal) => {
      const page = await session.listPage(listing, signal);
      if (!page.ok) return page;
      return { ok: true, value: { ...page.value, ids: page.value.ids.filter((id) => id !== slipped) } };
    },
  };
  expect(await verify(slipping)).toMatchObject(nothing);
});

test("many findings of a kind are not fetched one by one, a few of another kind are", async () => {
  const [first, ...others] = (await truth()).filter((message) => !isHidden(message));
  const lost = others.slice(0, 300).map(({ id }) => id);
  await pool.query("delete from messages where account_id = $1 and provider_id = any($2)", [
    ref.accountId,
    lost,
  ]);
  await simulator.control.relabelMessage(email, first?.id ?? "", { add: [label.id] });
  await simulator.control.resetCalls();
  expect(await verify()).toMatchObject({ missing: 300, extra: 0, changed: 1 });
  expect(await callsOf("messages.get")).toBe(1);
});

test("a failed verification stays failed and keeps no rows; an unknown one is over", async () => {
  const id = await request();
  await run(
    id,
    before("listPage", 3, async () => failVerification(pool, ref, id, { category: "x", message: "y" })),
  );
  expect((await run(id)).kind).toBe("over");
  expect((await run("ver_unknown")).kind).toBe("over");
  expect(await findings(id)).toEqual({});
  const { rows } = await pool.query("select status, failure from verifications where id = $1", [id]);
  expect(rows).toEqual([{ status: "failed", failure: { category: "x", message: "y" } }]);
});

test("findings are forgotten after a week, unless their repair still has to read them; counts stay", async () => {
  const [lost] = await truth();
  await pool.query("delete from messages where account_id = $1 and provider_id = $2", [
    ref.accountId,
    lost?.id,
  ]);
  const old = await request();
  await run(old);
  const repaired = await request(true);
  await run(repaired);
  const recent = await request();
  await run(recent);
  await pool.query("update verifications set ended_at = now() - interval '8 days' where id = any($1)", [
    [old, repaired],
  ]);
  await pool.query(
    `insert into syncs (id, tenant_id, account_id, status, created_at, epoch, seq)
     select repair_sync_id, tenant_id, account_id, 'paused', now(), 1, 1 from verifications where id = $1`,
    [repaired],
  );
  const api = createPool(database.url, "sync-api", 1, silentLogger);
  await forgetFindings(api);
  await api.end();
  const kept = await Promise.all(
    [old, repaired, recent].map(async (id) => Object.keys(await findings(id)).length),
  );
  expect(kept).toEqual([0, 1, 1]);
  const { rows } = await pool.query("select missing::integer from verifications where id = $1", [old]);
  expect(rows).toEqual([{ missing: 1 }]);
});
