import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { makeFollowers } from "@millrace/infra/nats/make-followers";
import { jetstreamManager } from "@nats-io/jetstream";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Mailbox, openMailbox } from "../support/changing-mailbox.ts";
import type { PlainUser } from "../support/plain-nats.ts";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";

let simulator: GmailSimulator;
let millrace: Millrace;
let database: pg.Client;

beforeAll(async () => {
  simulator = await startGmailSimulator({ quotas: "off", seed: 77 });
  millrace = await startMillrace(simulator.url, { RETRY_CAP_SECONDS: "1", CLAIM_SECONDS: "4" });
  database = new pg.Client({ connectionString: millrace.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await millrace?.stop();
  await simulator?.close();
});

async function connect(email: string, generate: number): Promise<{ mailbox: Mailbox; accountId: string }> {
  const mailbox = await openMailbox(simulator, email, generate);
  return { mailbox, accountId: await millrace.client.connectAccount(email) };
}

async function sync(accountId: string, mode: "auto" | "full" | "incremental" = "auto") {
  const { client } = millrace;
  const ended = await client.waitForEnd(await client.requestSync(accountId, { mode }));
  const events = await client.events(`/v1/syncs/${ended.id}/events?limit=500`);
  return { ...ended, events };
}

/** What is shown of an account, message by message with its labels; and what its labels are called. */
async function shown(accountId: string) {
  const messages = await database.query<{ id: string; labels: string[] }>(
    `select provider_id as id, array(select unnest(label_ids) order by 1) as labels
     from messages where account_id = $1 and deleted_at is null order by provider_id`,
    [accountId],
  );
  const labels = await database.query<{ id: string; name: string }>(
    "select id, name from labels where account_id = $1",
    [accountId],
  );
  return {
    messages: new Map(messages.rows.map(({ id, labels: ids }) => [id, ids])),
    labels: new Map(labels.rows.map(({ id, name }) => [id, name])),
  };
}

async function expectSame(accountId: string, mailbox: Mailbox): Promise<void> {
  const [store, truth] = await Promise.all([shown(accountId), mailbox.truth()]);
  expect([...store.messages.keys()].sort()).toEqual([...truth.messages.keys()].sort());
  const wrong = [...truth.messages].filter(
    ([id, labels]) => store.messages.get(id)?.join() !== labels.join(),
  );
  expect(wrong.map(([id, labels]) => ({ id, labels, stored: store.messages.get(id) }))).toEqual([]);
  expect(new Map([...store.labels].sort())).toEqual(new Map([...truth.labels].sort()));
}

/** The example of a subscriber, as somebody starts it. */
function startFollower({ url, seedFile }: PlainUser, tenantId: string) {
  const file = fileURLToPath(new URL("../../examples/src/follow-mail.ts", import.meta.url));
  const options = ["--nats", url, "--user", "shop", "--nkey", seedFile];
  const child = spawn(process.execPath, [file, tenantId, ...options]);
  let told = "";
  child.stdout.on("data", (part: Buffer) => {
    told += part;
  });
  let complaint = "";
  child.stderr.on("data", (part: Buffer) => {
    complaint += part;
  });
  const ended = once(child, "close").then(([code]) => ({ code, complaint }));
  return {
    ended,
    lines: (accountId: string): { change: string; accountId: string; messageId: string }[] =>
      told
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line))
        .filter((line) => line.accountId === accountId),
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

const callsTo = async (endpoint: string): Promise<number> => {
  const { calls } = await simulator.control.calls();
  return calls.filter((call) => call.endpoint === endpoint).reduce((sum, { count }) => sum + count, 0);
};

describe("a mailbox that was synced once", () => {
  it("is followed with what has changed: mail that came, left, was relabelled, trashed and brought back", async () => {
    const { mailbox, accountId } = await connect("follow@millrace.test", 300);
    await sync(accountId);
    const [relabelled = "", trashed = "", deleted = "", both = ""] = await mailbox.ids();
    const [added = "", fleeting = ""] = await mailbox.add(2);
    await mailbox.remove(deleted);
    await mailbox.remove(fleeting);
    await mailbox.relabel(relabelled, { add: ["STARRED"], remove: ["UNREAD"] });
    await mailbox.relabel(trashed, { add: ["TRASH"] });
    await mailbox.relabel(both, { add: ["TRASH"] });
    await mailbox.relabel(both, { add: ["STARRED"], remove: ["TRASH"] });
    await simulator.control.resetCalls();

    const first = await sync(accountId);
    expect(first).toMatchObject({ status: "completed", mode: "incremental" });
    expect(await callsTo("messages.get")).toBe(1);
    await expectSame(accountId, mailbox);
    const fetched = first.events.filter(({ type }) => type === "chunk.fetched").map(({ fact }) => fact.mail);
    expect(fetched).toEqual([
      {
        added: [added],
        changed: expect.arrayContaining([both, relabelled]),
        deleted: expect.arrayContaining([deleted, trashed]),
      },
    ]);

    await mailbox.relabel(trashed, { remove: ["TRASH"] });
    await simulator.control.resetCalls();
    expect(await sync(accountId)).toMatchObject({ ledger: { listed: 1, stored: 1 } });
    expect(await callsTo("messages.get")).toBe(1); // what happened to it in the trash may not be known
    await expectSame(accountId, mailbox);
  });

  it("costs two calls when nothing has happened, and moves nothing back", async () => {
    const { mailbox, accountId } = await connect("idle@millrace.test", 20);
    const first = await sync(accountId);
    await simulator.control.resetCalls();
    const second = await sync(accountId);
    expect(second).toMatchObject({ status: "completed", ledger: { listed: 0 }, watermark: first.watermark });
    expect([await callsTo("history.list"), await callsTo("labels.list")]).toEqual([1, 1]);
    expect((await simulator.control.calls()).total).toBeLessThanOrEqual(3);
    await expectSame(accountId, mailbox);
  });

  it("labels that are made, renamed and removed are followed", async () => {
    const { mailbox, accountId } = await connect("labels@millrace.test", 30);
    const [kept, doomed] = [await mailbox.createLabel("kept"), await mailbox.createLabel("doomed")];
    const [first = "", second = ""] = await mailbox.ids();
    for (const id of [first, second]) await mailbox.relabel(id, { add: [kept, doomed] });
    await sync(accountId);
    await expectSame(accountId, mailbox);
    await simulator.control.renameLabel(mailbox.email, kept, "renamed");
    await mailbox.removeLabel(doomed);
    const { events } = await sync(accountId);
    const removed = events.filter(({ type }) => type === "labels.removed").map(({ fact }) => fact.labelIds);
    expect(removed).toEqual([[doomed]]);
    await expectSame(accountId, mailbox);
    expect((await shown(accountId)).labels.get(kept)).toBe("renamed");
  });

  it("is compared anew when the provider has forgotten its watermark: nothing lost, nothing doubled", async () => {
    const { mailbox, accountId } = await connect("forgotten@millrace.test", 400);
    await sync(accountId);
    await mailbox.change(120, 5);
    await simulator.control.expireHistory(mailbox.email);
    await simulator.control.resetCalls();
    const after = await sync(accountId);
    expect(after).toMatchObject({ status: "completed", mode: "full", ledger: { balanced: true } });
    expect(after.events.filter(({ type }) => type === "sync.rebased")).toHaveLength(1);
    await expectSame(accountId, mailbox);
    expect(await sync(accountId)).toMatchObject({ mode: "incremental", ledger: { listed: 0 } });
  });
});

it("a provider that forgets its history at once costs a few calls more: the sync ends, and the copy is right", async () => {
  const { mailbox, accountId } = await connect("forgetful@millrace.test", 40);
  await sync(accountId);
  const { calls: before } = await simulator.control.calls();
  await mailbox.add(3);
  const gone = (await mailbox.truth()).messages.keys().next().value ?? "";
  await simulator.control.deleteMessages(mailbox.email, [gone]);
  const fault = {
    match: { endpoint: "history.list", email: mailbox.email },
    effect: { kind: "expiredHistory" },
  } as const;
  await simulator.control.addFault(fault);
  const ended = await sync(accountId);
  await simulator.control.clearFaults();
  expect(ended).toMatchObject({ status: "completed", mode: "full" });
  expect(ended.events.filter(({ type }) => type === "page.attempt_failed").length).toBeLessThan(10);
  const count = (calls: typeof before): number =>
    calls
      .filter(({ endpoint, email }) => endpoint === "messages.list" && email === mailbox.email)
      .reduce((sum, call) => sum + call.count, 0);
  const { calls: after } = await simulator.control.calls();
  expect(count(after) - count(before)).toBeLessThan(100);
  await expectSame(accountId, mailbox);
});

it("another service follows what happens to mail, without polling, and goes on where it ended", async () => {
  const { mailbox, accountId } = await connect("followed@millrace.test", 5);
  await sync(accountId);
  const follow = () => startFollower(millrace.shop, "demo");
  const first = follow();
  const initial = await mailbox.ids();
  await expect.poll(() => first.lines(accountId), { timeout: 20_000 }).toHaveLength(5);
  expect(first.lines(accountId)).toEqual(
    expect.arrayContaining(initial.map((id) => expect.objectContaining({ change: "added", messageId: id }))),
  );
  await first.stop();
  const [relabelled = "", removed = ""] = initial;
  await mailbox.relabel(relabelled, { add: ["STARRED"] });
  await mailbox.remove(removed);
  await sync(accountId);
  const second = follow();
  await expect.poll(() => second.lines(accountId), { timeout: 20_000 }).toHaveLength(2);
  expect(second.lines(accountId)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ change: "changed", messageId: relabelled }),
      expect.objectContaining({ change: "deleted", messageId: removed }),
    ]),
  );
  await second.stop();
});

describe("a mailbox that changes while it is synced", () => {
  it("is right at the end of its first sync", async () => {
    const { mailbox, accountId } = await connect("moving@millrace.test", 1_500);
    await simulator.control.addFault({ match: {}, effect: { kind: "latency", ms: 30 }, when: {} });
    const syncing = sync(accountId);
    await mailbox.change(200, 9);
    const ended = await syncing;
    await simulator.control.clearFaults();
    expect(ended).toMatchObject({ status: "completed", mode: "full" });
    await sync(accountId);
    await expectSame(accountId, mailbox);
  });

  it("and is synced again and again, in every mode, while one of ten calls fails: right when it rests", async () => {
    const { mailbox, accountId } = await connect("restless@millrace.test", 500);
    await simulator.control.addFault({
      match: {},
      effect: { kind: "status", status: 503 },
      when: { probability: 0.1 },
    });
    let isOver = false;
    const changing = mailbox.change(4_000, 11).finally(() => {
      isOver = true;
    });
    const modes = ["auto", "full", "incremental", "auto"] as const;
    for (let n = 0; !isOver; n++) {
      if (n === 3) await simulator.control.expireHistory(mailbox.email);
      const ended = await sync(accountId, modes[n % modes.length]);
      expect(["completed", "coalesced"]).toContain(ended.status);
    }
    await changing;
    await simulator.control.clearFaults();
    await sync(accountId);
    await expectSame(accountId, mailbox);
  });

  it("a storm of requests is one sync, and a last one after it", async () => {
    const { mailbox, accountId } = await connect("storm@millrace.test", 50);
    await sync(accountId);
    await simulator.control.addFault({ match: {}, effect: { kind: "latency", ms: 300 }, when: {} });
    await mailbox.add(1);
    const asked: string[] = [];
    for (let n = 0; n < 40; n++) asked.push(await millrace.client.requestSync(accountId));
    await mailbox.add(1);
    asked.push(await millrace.client.requestSync(accountId));
    const ended = await Promise.all(asked.map((id) => millrace.client.waitForEnd(id)));
    await simulator.control.clearFaults();
    const statuses = ended.map(({ status }) => status);
    expect(statuses.filter((status) => status === "completed").length).toBeLessThanOrEqual(3);
    expect(new Set(statuses)).toEqual(new Set(["completed", "coalesced"]));
    await expectSame(accountId, mailbox);
  });
});

it("a subscriber whose consumer is deleted ends with what is to be done, and so does one that finds none", async () => {
  const running = startFollower(millrace.shop, "demo");
  const { consumers } = await jetstreamManager(millrace.broker);
  const waiting = async () => (await consumers.info("EVENTS", "follow-shop")).num_waiting;
  await expect.poll(waiting, { timeout: 20_000 }).toBeGreaterThan(0);
  await consumers.delete("EVENTS", "follow-shop");
  const told = {
    code: 1,
    complaint: expect.stringContaining("makes it: npm run nats-users -- FOLDER --server URL"),
  };
  expect(await running.ended).toEqual(told);
  expect(await startFollower(millrace.shop, "demo").ended).toEqual(told);
  await makeFollowers(millrace.nats.url, millrace.nats.users);
});
