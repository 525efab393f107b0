import { setTimeout as sleep } from "node:timers/promises";
import { makeFollowers } from "@millrace/infra/nats/make-followers";
import { type GuardedNats, startGuardedNats } from "@millrace/infra/testing/test-nats";
import { jetstream } from "@nats-io/jetstream";
import { headers as createHeaders, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLogger } from "../testing/silent-logger.ts";
import { UserRefusedError, violationIn } from "./broker-refusals.ts";
import { connectNats, type Nats } from "./connect-nats.ts";
import { ensureTopology } from "./ensure-topology.ts";
import { outsideDomain, permissionsOf } from "./permissions.ts";
import { readNatsAccess } from "./read-nats-access.ts";
import { type ServiceName, serviceNames, serviceRights } from "./service-rights.ts";
import { covers } from "./subject-sets.ts";
import { consumers, streams } from "./topology.ts";

/** By then the broker has done what it was asked to. */
const answerMs = 100;
const size = { replicas: 1, logMebibytes: 64, claimMs: 30_000 };

let server: GuardedNats;
let operator: Nats;
/** What each open connection was refused. */
const refusals = new Map<NatsConnection, string[]>();

async function comeAs(user: string, seedOf = user): Promise<Nats> {
  const { access } = readNatsAccess({
    NATS_URL: server.url,
    NATS_NKEY_SEED_FILE: server.users.seedFile(seedOf),
  });
  const nats = await connectNats(access, user, silentLogger, size);
  const refused: string[] = [];
  refusals.set(nats.connection, refused);
  void (async () => {
    for await (const status of nats.connection.status()) {
      const violation = status.type === "error" ? violationIn(status.error) : null;
      if (violation !== null) refused.push(`${violation.operation} ${violation.subject}`);
    }
  })();
  return nats;
}

beforeAll(async () => {
  server = await startGuardedNats({
    outsiders: [
      { name: "shop", asks: ["shop", "shop-2"], follows: ["shop"] },
      { name: "rival", asks: ["rival"], follows: ["rival"] },
    ],
  });
  operator = await comeAs("operator");
  await ensureTopology(operator);
});
afterAll(async () => {
  await Promise.all([...refusals.keys()].map((connection) => connection.close()));
  await server?.stop();
});

/** What the broker refuses of what is done meanwhile. */
async function refusalsWhile({ connection }: Nats, act: () => unknown): Promise<string[]> {
  const all = refusals.get(connection) ?? [];
  const before = all.length;
  await act();
  await connection.flush(); // what was refused is said before the answer to this
  await sleep(0);
  return all.slice(before);
}

const publishing = (nats: Nats, subject: string): Promise<string[]> =>
  refusalsWhile(nats, () => nats.connection.publish(subject, ""));

const subscribing = (nats: Nats, subject: string, queue?: string): Promise<string[]> =>
  refusalsWhile(nats, () => {
    nats.connection.subscribe(subject, { callback: () => {}, ...(queue === undefined ? {} : { queue }) });
  });

const held = async (stream: string): Promise<number> =>
  (await operator.jsm.streams.info(stream)).state.messages;

describe("another service that asks for syncs", () => {
  let shop: Nats;
  let rival: Nats;
  beforeAll(async () => {
    [shop, rival] = [await comeAs("shop"), await comeAs("rival")];
  });

  it.each(["shop", "shop-2"])("is told that the stream has its request of its tenant %s", async (tenant) => {
    const ack = await shop.js.publish(`sync.requests.${tenant}.acc_1`, "{}");
    expect(ack).toMatchObject({ stream: "REQUESTS", duplicate: false });
  });

  it.each([
    ["another tenant's request", "sync.requests.rival.acc_1"],
    ["a request of every tenant at once", "sync.requests.*.acc_1"],
    ["a request of a tenant whose name begins like its own", "sync.requests.shopping.acc_1"],
    ["what only looks like a request", "sync.requests.shop.acc_1.more"],
    ["a request without an account", "sync.requests.shop"],
    ["a fact, also of its own tenant", "evt.shop.acc_1.sync"],
    ["work", "work.live.shop.acc_1.syn_1"],
    ["work that waits", "later.shop.acc_1.syn_1.chunk-0-0"],
    ["how far the log was applied", "state.projector"],
    ["a budget", "quota.project.gmail"],
    ["a look at the log", "$JS.API.STREAM.INFO.EVENTS"],
    ["a message of the log", "$JS.API.STREAM.MSG.GET.EVENTS"],
    ["a message of the log, directly", "$JS.API.DIRECT.GET.EVENTS.evt.shop.acc_1.sync"],
    ["a consumer of the log", "$JS.API.CONSUMER.CREATE.EVENTS.mine.evt.shop.>"],
    ["a request that waits in the stream", "$JS.API.STREAM.MSG.GET.REQUESTS"],
    ["the next message of a service's consumer", "$JS.API.CONSUMER.MSG.NEXT.REQUESTS.chunker-requests"],
    ["an acknowledgement in a service's name", "$JS.ACK.REQUESTS.chunker-requests.1.1.1.1.0"],
    ["the streams' names", "$JS.API.STREAM.NAMES"],
    ["anything about the account", "$JS.API.INFO"],
    ["anything about the server", "$SYS.REQ.SERVER.PING"],
    ["an answer to somebody else", "_INBOX_rival.answer"],
  ])("may not publish %s", async (_, subject) => {
    expect(await publishing(shop, subject)).toEqual([`publish ${subject}`]);
  });

  it.each([
    ">",
    "*.>",
    "evt.>",
    "evt.shop.>",
    "work.>",
    "sync.requests.>",
    "sync.requests.shop.*",
    "$JS.EVENT.ADVISORY.>",
    "$SYS.>",
    "_INBOX.>",
    "_INBOX_rival.>",
    "_INBOX_chunker.>",
    "_INBOX_shop",
  ])("may not subscribe to %s, alone or in a group", async (subject) => {
    expect(await subscribing(shop, subject)).toEqual([`subscription ${subject}`]);
    expect(await subscribing(shop, subject, "group")).toEqual([`subscription ${subject}`]);
  });

  it("hears nothing of what others publish, and nobody hears its answers", async () => {
    const heard: string[] = [];
    const listen = (nats: Nats, subject: string) =>
      nats.connection.subscribe(subject, {
        callback: (error, message) => {
          if (error === null) heard.push(message.subject);
        },
      });
    for (const subject of [">", "evt.>", "sync.requests.>", "_INBOX_shop.>"]) listen(rival, subject);
    listen(operator, "_INBOX_shop.>");
    await sleep(answerMs);
    await shop.js.publish("sync.requests.shop.acc_1", "{}");
    await operator.js.publish("evt.shop.acc_1.note", "{}");
    await sleep(answerMs);
    expect(heard).toEqual([]);
  });

  it.each([
    "evt.rival.acc_1.sync",
    "work.live.rival.acc_1.syn_1",
    "state.projector",
    "sync.requests.rival.acc_1",
    "$JS.API.STREAM.PURGE.EVENTS",
    "$JS.API.STREAM.DELETE.WORK",
    "$JS.API.CONSUMER.DELETE.EVENTS.chunker-events",
  ])("cannot have its acknowledgement sent where it may not publish: to %s", async (reply) => {
    const counts = () => Promise.all(streams.map(({ name }) => held(name)));
    await operator.js.publish("evt.shop.acc_1.note", "{}");
    const before = await counts();
    shop.connection.publish("sync.requests.shop.acc_1", "{}", { reply });
    await shop.connection.flush();
    await sleep(answerMs);
    // Its request has come, and nothing else has changed.
    expect(await counts()).toEqual(
      before.map((count, at) => (streams[at]?.name === "REQUESTS" ? count + 1 : count)),
    );
    expect((await operator.jsm.consumers.info("EVENTS", "chunker-events")).name).toBe("chunker-events");
  });

  it("cannot have another tenant's request taken for a duplicate by guessing its id", async () => {
    await shop.js.publish("sync.requests.shop.acc_1", "{}", { msgID: "order-17" });
    await sleep(2 * answerMs);
    const ack = await rival.js.publish("sync.requests.rival.acc_1", "{}", { msgID: "order-17" });
    expect(ack.duplicate).toBe(false);
  });

  it.each([
    ["roll the stream up", { "Nats-Rollup": "all" }],
    [
      "have a message sent later, to a subject of its choice",
      {
        "Nats-Schedule": "@at 2020-01-01T00:00:00Z",
        "Nats-Schedule-Target": "sync.requests.rival.acc_1",
      },
    ],
  ])("cannot %s with headers", async (_, fields) => {
    const headers = createHeaders();
    for (const [name, value] of Object.entries(fields)) headers.set(name, value);
    const before = await held("REQUESTS");
    await expect(shop.js.publish("sync.requests.shop.acc_1", "{}", { headers })).rejects.toThrow();
    expect(await held("REQUESTS")).toBe(before);
  });
});

describe("another service that follows its tenant's mail", () => {
  let shop: Nats;
  beforeAll(async () => {
    shop = await comeAs("shop");
    await makeFollowers(server.url, server.users);
  });
  const consumerOf = (name: string) =>
    jetstream(shop.connection, { domain: outsideDomain, timeout: 1_000 }).consumers.get("EVENTS", name);

  it("reads that tenant's facts, without the pages of listings, and nothing of another tenant", async () => {
    for (const tenant of ["shop", "rival"]) {
      for (const about of ["sync", "chunk.syn_9", "attempt.syn_9", "note", "page.syn_9.0"])
        await operator.js.publish(`evt.${tenant}.acc_9.${about}`, tenant);
    }
    const subjects = new Set<string>();
    for await (const message of await (await consumerOf("follow-shop")).fetch({
      max_messages: 100,
      expires: 1_000,
    })) {
      subjects.add(message.subject);
      message.ack();
    }
    expect([...subjects].filter((subject) => subject.includes("acc_9")).sort()).toEqual([
      "evt.shop.acc_9.attempt.syn_9",
      "evt.shop.acc_9.chunk.syn_9",
      "evt.shop.acc_9.note",
      "evt.shop.acc_9.sync",
    ]);
    expect([...subjects].every((subject) => subject.startsWith("evt.shop."))).toBe(true);
    const left = await operator.jsm.consumers.info("EVENTS", "follow-shop");
    expect(left).toMatchObject({ num_pending: 0, num_ack_pending: 0 });
  });

  it.each([
    "$JS.millrace.API.CONSUMER.INFO.EVENTS.follow-rival",
    "$JS.millrace.API.CONSUMER.MSG.NEXT.EVENTS.follow-rival",
    "$JS.millrace.API.CONSUMER.MSG.NEXT.EVENTS.chunker-events",
    "$JS.millrace.API.CONSUMER.CREATE.EVENTS.follow-shop.evt.rival.>",
    "$JS.millrace.API.CONSUMER.DELETE.EVENTS.follow-shop",
    "$JS.millrace.API.STREAM.MSG.GET.EVENTS",
    "$JS.API.CONSUMER.MSG.NEXT.EVENTS.follow-shop",
    "$JS.ACK.EVENTS.follow-rival.1.1.1.1.0",
    "$JS.ACK._.HASH.EVENTS.follow-rival.1.1.1.1.0",
  ])("may not publish to %s", async (subject) => {
    expect(await publishing(shop, subject)).toEqual([`publish ${subject}`]);
  });

  it("cannot have a fact delivered where it may not publish", async () => {
    await operator.js.publish("evt.shop.acc_1.sync", "{}");
    const before = await held("EVENTS");
    for (const reply of [
      "evt.rival.acc_1.sync",
      "work.live.rival.acc_1.syn_1",
      "sync.requests.rival.acc_1",
    ]) {
      const ask = { batch: 1, expires: 50_000_000 };
      const next = `$JS.${outsideDomain}.API.CONSUMER.MSG.NEXT.EVENTS.follow-shop`;
      shop.connection.publish(next, JSON.stringify(ask), { reply });
      await shop.connection.flush();
      await sleep(answerMs);
    }
    expect(await held("EVENTS")).toBe(before);
    const subjects = (stream: string) =>
      operator.jsm.streams.info(stream, { subjects_filter: "*.*.rival.>" });
    expect((await subjects("WORK")).state.subjects ?? {}).toEqual({});
  });

  it("has nothing to read any more once it follows nobody", async () => {
    await makeFollowers(server.url, { ...server.users, outsiders: [] });
    await expect(operator.jsm.consumers.info("EVENTS", "follow-shop")).rejects.toThrow(/not found/);
    expect((await operator.jsm.consumers.info("EVENTS", "chunker-events")).name).toBe("chunker-events");
  });
});

describe("a service's user", () => {
  const account = "shop.acc_1";
  const samples = [
    `sync.requests.${account}`,
    ...["sync", "page.syn_1.0", "chunk.syn_1", "attempt.syn_1", "note", "other"].map(
      (about) => `evt.${account}.${about}`,
    ),
    ...["live", "bulk", "list", "other"].map((lane) => `work.${lane}.${account}.syn_1`),
    `later.${account}.syn_1.chunk-0-0`,
    "state.projector",
    "state.other",
    "quota.project.gmail",
    "_INBOX_chunker.answer",
    "_INBOX_operator.answer",
    "$JS.API.INFO",
    "$JS.API.STREAM.NAMES",
    "$JS.API.STREAM.LIST",
    "$JS.API.STREAM.CREATE.OTHER",
    ...streams.flatMap(({ name }) =>
      ["INFO", "CREATE", "UPDATE", "DELETE", "PURGE", "MSG.GET", "MSG.DELETE", "SNAPSHOT"].map(
        (call) => `$JS.API.STREAM.${call}.${name}`,
      ),
    ),
    ...consumers.flatMap(({ stream, config: { durable_name, filter_subject } }) => [
      `$JS.API.CONSUMER.CREATE.${stream}.${durable_name}.${filter_subject}`,
      ...["CREATE", "INFO", "MSG.NEXT", "DELETE", "PAUSE", "RESET"].map(
        (call) => `$JS.API.CONSUMER.${call}.${stream}.${durable_name}`,
      ),
      `$JS.ACK.${stream}.${durable_name}.1.1.1.1.0`,
      `$JS.ACK._.HASH.${stream}.${durable_name}.1.1.1.1.0`,
    ]),
    "$JS.API.CONSUMER.CREATE.EVENTS.reader_1",
    "$JS.API.CONSUMER.MSG.NEXT.EVENTS.reader_1",
    "$JS.API.CONSUMER.CREATE.WORK.reader_1",
  ];

  function isGranted(name: ServiceName, subject: string): boolean {
    const { allow, deny } = permissionsOf(name, serviceRights[name]).publish;
    return allow.some((given) => covers(given, subject)) && !deny.some((taken) => covers(taken, subject));
  }

  it.each(serviceNames)("%s is refused exactly what the permissions do not grant", async (name) => {
    const service = await comeAs(name);
    // Nobody is asked to do what is granted: only the refusals are looked for.
    const refused = new Set(
      await refusalsWhile(service, async () => {
        for (const subject of samples) if (!isGranted(name, subject)) service.connection.publish(subject, "");
      }),
    );
    expect(refused).toEqual(
      new Set(samples.filter((subject) => !isGranted(name, subject)).map((subject) => `publish ${subject}`)),
    );
    expect(service.connection.isClosed()).toBe(false);
  });

  it.each(serviceNames)("%s is not refused what the permissions grant", async (name) => {
    const service = await comeAs(name);
    const harmless = samples.filter(
      (subject) => isGranted(name, subject) && !/CREATE|UPDATE|PURGE|ACK/.test(subject),
    );
    const refused = await refusalsWhile(service, () => {
      for (const subject of harmless) service.connection.publish(subject, "");
    });
    expect(refused).toEqual([]);
    expect(harmless.length).toBeGreaterThan(5);
  });

  it.each(serviceNames)(
    "%s may not subscribe to the log, to requests, or to another's answers",
    async (name) => {
      const service = await comeAs(name);
      for (const subject of [">", "evt.>", "sync.requests.>", "work.>", "_INBOX.>", "_INBOX_operator.>"])
        expect(await subscribing(service, subject)).toEqual([`subscription ${subject}`]);
    },
  );
});

describe("whoever does not say who they are", () => {
  it("is not let in", async () => {
    await expect(connectNats(server.url, "nobody", silentLogger, size)).rejects.toThrow(UserRefusedError);
  });

  it("is not let in with a password either", async () => {
    const { access } = readNatsAccess({
      NATS_URL: server.url,
      NATS_USER: "operator",
      NATS_PASSWORD: "operator",
    });
    await expect(connectNats(access, "nobody", silentLogger, size)).rejects.toThrow(UserRefusedError);
  });
});
