import { randomBytes } from "node:crypto";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { idleCourse } from "@millrace/shared/events/account-course";
import { loseConsent } from "@millrace/shared/events/evolve-course";
import type { FactOf } from "@millrace/shared/events/facts";
import { newId } from "@millrace/shared/events/identifiers";
import { type AccountRef, requestSubject } from "@millrace/shared/events/subjects";
import type { AcceptedRequest } from "@millrace/shared/events/sync-request";
import { Keyring } from "@millrace/shared/postgres/keyring";
import { loadAccount, sealCredentials } from "@millrace/shared/postgres/load-account";
import { createGmailProvider } from "@millrace/shared/providers/gmail/create-gmail-provider";
import { memoryTokenVault } from "@millrace/shared/providers/testing/memory-token-vault";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { findLapsedWatches } from "./find-lapsed-watches.ts";
import { renewWatches, type WatchPorts } from "./renew-watches.ts";

const topic = "projects/p/topics/mail";
const dayMs = 86_400_000;
const keyring = Keyring.parse(`k1:${randomBytes(32).toString("base64")}`);

let world: TestWorld;
let simulator: GmailSimulator;
let provider: ReturnType<typeof createGmailProvider>;
let ports: WatchPorts;
let ref: AccountRef;
let email: string;
const requests: { readonly ref: AccountRef; readonly request: AcceptedRequest }[] = [];

const never = new AbortController().signal;

beforeAll(async () => {
  [world, simulator] = await Promise.all([startWorld(), startGmailSimulator({ quotas: "off" })]);
  provider = createGmailProvider({
    vault: memoryTokenVault(),
    rootUrl: simulator.rootUrl,
    tokenUrl: simulator.tokenUrl,
    clientId: "client",
    clientSecret: "secret",
    pubsubTopic: topic,
  });
  ports = {
    ...world.ports,
    provider,
    loadAccount: (account) => loadAccount(world.pool, keyring, account),
    random: () => 0.5,
    publishRequest: async (account, request) => {
      requests.push({ ref: account, request });
      await world.ports.publishRequest(account, request);
    },
  };
});
afterAll(async () => {
  provider?.close();
  await simulator?.close();
  await world?.stop();
});
beforeEach(async () => {
  await world.pool.query("delete from accounts");
  await simulator.control.clearFaults();
  await simulator.control.resetCalls();
  requests.length = 0;
  ({ ref, email } = await addAccount());
});

async function addAccount() {
  const added = await world.addAccount();
  const address = `${added.accountId}@example.com`;
  await simulator.control.createMailbox({ email: address, generate: 3 });
  await world.pool.query("update accounts set email = $2, sealed_credentials = $3 where id = $1", [
    added.accountId,
    address,
    sealCredentials(keyring, added, { refreshToken: `sim-refresh-${address}` }),
  ]);
  return { ref: added, email: address };
}

const rowOf = async ({ accountId } = ref) => {
  const { rows } = await world.pool.query("select * from watches where account_id = $1", [accountId]);
  return rows[0];
};
const change = (sql: string, { accountId } = ref) =>
  world.pool.query(`update watches set ${sql} where account_id = $1`, [accountId]);
const watchCalls = async () =>
  (await simulator.control.calls()).calls
    .filter(({ endpoint }) => endpoint === "watch")
    .reduce((sum, { count }) => sum + count, 0);
const facts = async <T extends "watch.renewed" | "watch.lapsed" | "watch.failed">(type: T) =>
  (await world.factsOf(ref)).filter((fact): fact is FactOf<T> => fact.type === type);
const setWatermark = (watermark: string) =>
  world.pool.query(
    `insert into account_states (account_id, tenant_id, watermark, epoch, seq) values ($1, $2, $3, 1, 1)
     on conflict (account_id) do update set watermark = excluded.watermark`,
    [ref.accountId, ref.tenantId, watermark],
  );

describe("an account without a watch", () => {
  it("gets one in the background, once however many copies look, and is told of", async () => {
    const renewed = await Promise.all([1, 2, 3].map(() => renewWatches(ports, never)));
    expect(renewed.toSorted()).toEqual([0, 0, 1]);
    expect(await watchCalls()).toBe(1);
    const mailbox = await simulator.control.getMailbox(email);
    expect(mailbox.watch?.topicName).toBe(topic);
    const row = await rowOf();
    expect(row).toMatchObject({ status: "active", attempts: 0, failure: null, credentials_version: 1 });
    expect(row.expires_at.getTime()).toBe(mailbox.watch?.expirationMs);
    expect(row.due_at.getTime() - Date.now()).toBeGreaterThan(0.8 * dayMs);
    expect(row.due_at.getTime() - Date.now()).toBeLessThanOrEqual(dayMs);
    expect(await facts("watch.renewed")).toMatchObject([{ watermark: mailbox.historyId, hadGap: true }]);
    expect(requests).toEqual([]); // nobody has asked for a copy of it
  });

  it("and an older copy is asked for what came before the watch, in the stream", async () => {
    await setWatermark("1");
    await renewWatches(ports, never);
    expect(requests).toMatchObject([{ ref, request: { trigger: "push", mode: "auto" } }]);
    const stored = await world.nats.jsm.streams.getMessage("REQUESTS", { last_by_subj: requestSubject(ref) });
    expect(stored?.header.get("ce-id")).toBe(requests[0]?.request.syncId);
  });

  it("that was claimed by a copy that died is due again after a while", async () => {
    const dying = { ...ports, loadAccount: () => Promise.reject(new Error("killed")) };
    expect(await renewWatches(dying, never)).toBe(0);
    expect(await renewWatches(ports, never)).toBe(0);
    await change("due_at = due_at - interval '3 minutes'");
    expect(await renewWatches(ports, never)).toBe(1);
  });

  it("that refuses us is left alone until it is connected again", async () => {
    const course = loseConsent(idleCourse, new Date().toISOString(), "connect it again");
    await world.append(ref, {
      type: "sync.paused",
      syncId: newId("syn"),
      reason: "consent_lost",
      message: "",
      request: null,
      course,
    });
    await world.project();
    expect(await renewWatches(ports, never)).toBe(0);
    expect(await watchCalls()).toBe(0);
  });
});

describe("a watch", () => {
  it("is renewed when its day is over, without a gap", async () => {
    await renewWatches(ports, never);
    await setWatermark("1");
    await change("due_at = now(), expires_at = now() + interval '6 days'");
    expect(await renewWatches(ports, never)).toBe(1);
    expect((await rowOf()).expires_at.getTime() - Date.now()).toBeGreaterThan(6.9 * dayMs);
    expect((await facts("watch.renewed")).map(({ hadGap }) => hadGap)).toEqual([true, false]);
    expect(requests).toEqual([]);
    expect(await renewWatches(ports, never)).toBe(0);
  });

  it("is set anew at once with new credentials, also after failures", async () => {
    await renewWatches(ports, never);
    await world.pool.query("update accounts set credentials_version = 2 where id = $1", [ref.accountId]);
    expect(await Promise.all([renewWatches(ports, never), renewWatches(ports, never)])).toContain(1);
    expect(await watchCalls()).toBe(2);
    expect(await rowOf()).toMatchObject({ credentials_version: 2 });
    expect(await renewWatches(ports, never)).toBe(0);
  });

  it("that is refused keeps what is set, is told once, and is tried with growing distance", async () => {
    await renewWatches(ports, never);
    await simulator.control.addFault({
      match: { endpoint: "watch" },
      effect: { kind: "status", status: 503 },
    });
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 5; attempt++) {
      await change("due_at = now()");
      expect(await renewWatches(ports, never)).toBe(0);
      waits.push((await rowOf()).due_at.getTime() - Date.now());
    }
    expect(await rowOf()).toMatchObject({
      status: "active",
      attempts: 5,
      failure: { category: "transient" },
    });
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    expect(await facts("watch.failed")).toMatchObject([{ attempts: 3, category: "transient" }]);
    await simulator.control.clearFaults();
    await change("due_at = now()");
    expect(await renewWatches(ports, never)).toBe(1);
    expect(await rowOf()).toMatchObject({ attempts: 0, failure: null, failure_told: false });
  });

  it("whose consent was taken away is told at once", async () => {
    await simulator.control.setGranted(email, false);
    await renewWatches(ports, never);
    expect(await facts("watch.failed")).toMatchObject([{ category: "consent_lost", attempts: 1 }]);
    expect(await rowOf()).toMatchObject({ status: "unset" });
  });

  it("of one account that cannot be loaded does not keep the others from theirs", async () => {
    await world.pool.query("update accounts set sealed_credentials = 'damaged' where id = $1", [
      ref.accountId,
    ]);
    const others = [await addAccount(), await addAccount()];
    expect(await renewWatches(ports, never)).toBe(2);
    for (const other of others) expect(await rowOf(other.ref)).toMatchObject({ status: "active" });
  });
});

describe("a turn", () => {
  it("sets a bounded number of watches", async () => {
    await world.pool.query(
      `insert into accounts (id, tenant_id, provider, email, sealed_credentials)
       select 'acc_many_' || n, 'acme', 'gmail', 'many' || n || '@example.com', 'damaged' from generate_series(1, 100) n`,
    );
    await renewWatches(ports, never);
    const { rows } = await world.pool.query("select count(*)::int as count from watches");
    expect(rows[0].count).toBe(40);
  });
});

describe("a lapse", () => {
  const look = (copies = 1) => Promise.all(Array.from({ length: copies }, () => findLapsedWatches(ports)));
  const addPoll = (minutesAgo: number, listed = 2, trigger = "schedule") =>
    world.pool.query(
      `insert into syncs (id, tenant_id, account_id, status, mode, trigger, listed, requested_at, started_at, ended_at,
         created_at, epoch, seq)
       select $1, $2, $3, 'completed', 'incremental', $4, $5, at, at, at, at, 1, 1
       from (select now() - make_interval(mins => $6) as at) t`,
      [newId("syn"), ref.tenantId, ref.accountId, trigger, listed, minutesAgo],
    );

  beforeEach(async () => {
    await world.pool.query("delete from syncs");
    await renewWatches(ports, never);
    await change("renewed_at = now() - interval '5 hours'");
  });

  it("by expiry is told once, and the watch is set anew at once", async () => {
    expect(await look()).toEqual([0]);
    await change("expires_at = now() - interval '1 minute'");
    await look(3);
    await look();
    expect(await facts("watch.lapsed")).toMatchObject([{ reason: "expired", notifiedAt: null }]);
    expect(await rowOf()).toMatchObject({ status: "lapsed" });
    await setWatermark("1");
    expect(await renewWatches(ports, never)).toBe(1);
    expect(await rowOf()).toMatchObject({ status: "active" });
    expect(requests).toHaveLength(1); // what came meanwhile
  });

  it("by silence is told once until a notification comes", async () => {
    await change("notified_at = now() - interval '4 hours'");
    await addPoll(20);
    await look(2);
    expect(await rowOf()).toMatchObject({ status: "silent" });
    expect(await renewWatches(ports, never)).toBe(1);
    await change("renewed_at = now() - interval '5 hours'");
    await addPoll(15);
    await look();
    expect(await facts("watch.lapsed")).toMatchObject([{ reason: "silent" }]);
    expect(await rowOf()).toMatchObject({ status: "silent" });
  });

  it.each([
    ["a poll found nothing", () => addPoll(20, 0)],
    ["a person asked for the sync", () => addPoll(20, 2, "api")],
    ["the notification may still come", () => addPoll(3)],
    [
      "the watch was set just before",
      () => change("renewed_at = now() - interval '25 minutes'").then(() => addPoll(20)),
    ],
    [
      "the notification came a little later",
      () => change("notified_at = now() - interval '18 minutes'").then(() => addPoll(20)),
    ],
  ])("is none when %s", async (_, happen) => {
    await happen();
    expect(await look()).toEqual([0]);
    expect(await facts("watch.lapsed")).toEqual([]);
  });
});
