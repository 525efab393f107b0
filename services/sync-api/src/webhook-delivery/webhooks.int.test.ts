import { setTimeout as sleep } from "node:timers/promises";
import { newId } from "@millrace/shared/events/identifiers";
import { beginConsumerAnew } from "@millrace/shared/nats/ensure-topology";
import { hookStream, relayConsumer, turnConsumer } from "@millrace/shared/nats/topology";
import { givenFetched, givenProgress } from "@millrace/shared/testing/given";
import { type Received, type Receiver, startReceiver } from "@millrace/shared/testing/start-receiver";
import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { completed, HooksWorld, type TestEndpoint } from "../testing/hooks-world.ts";
import { newWebhookSecret, sealWebhookSecret } from "./webhook-secret.ts";

let world: HooksWorld;
let receiver: Receiver;
let tenantId: string;

beforeAll(async () => {
  world = await HooksWorld.start();
});
afterAll(() => world?.stop());
beforeEach(async () => {
  receiver = await startReceiver();
  tenantId = await world.addTenant();
});
afterEach(async () => {
  await world.stopCopies();
  await receiver?.stop();
  await world.pool.query("delete from webhook_endpoints");
  await world.nats.jsm.streams.purge(hookStream.name);
});

const idOf = ({ headers }: Received): string => headers["webhook-id"] ?? "";
const ids = (of = receiver): string[] => of.received.map(idOf);
const syncOf = ({ body }: Received): string => JSON.parse(body).data.syncId;
const until = (condition: () => unknown, timeout = 15_000) =>
  expect.poll(condition, { timeout, interval: 20 }).toBeTruthy();
const untilReceived = (count: number, of = receiver) => until(() => of.received.length >= count);
/** The log has been read to its end. */
async function untilRelayed(): Promise<void> {
  const { stream, config } = relayConsumer;
  await expect
    .poll(
      async () => {
        const { num_pending, num_ack_pending } = await world.nats.jsm.consumers.info(
          stream,
          config.durable_name,
        );
        return num_pending + num_ack_pending;
      },
      { timeout: 20_000 },
    )
    .toBe(0);
}
const untilState = (endpoint: TestEndpoint, ...states: string[]) =>
  expect
    .poll(async () => (await world.deliveriesOf(endpoint)).map(({ state }) => state), { timeout: 15_000 })
    .toEqual(states);

describe("a fact", () => {
  it("is told to each endpoint of its tenant that asked for it, signed with its own secret, and to nobody else", async () => {
    world.startCopy();
    const others = await startReceiver();
    const mine = await world.addEndpoint(tenantId, receiver.url);
    const wantsMail = await world.addEndpoint(tenantId, others.url, ["mail.changed"]);
    const foreign = await world.addEndpoint(await world.addTenant(), others.url);
    const syncId = await world.tell(tenantId);
    await untilReceived(1);
    const [{ headers, body } = { headers: {}, body: "" }] = receiver.received;
    expect(new Webhook(mine.secret).verify(body, headers)).toMatchObject({
      type: "sync.completed",
      version: 1,
      data: { syncId, status: "completed", ledger: { listed: 3, stored: 3 } },
    });
    for (const { secret } of [wantsMail, foreign])
      expect(() => new Webhook(secret).verify(body, headers)).toThrow("No matching signature");
    await untilState(mine, "delivered");
    expect(await world.deliveriesOf(mine)).toMatchObject([
      { id: idOf({ headers } as Received), attempts: 1 },
    ]);
    await sleep(300);
    expect(others.received).toEqual([]);
    await others.stop();
  });

  it("that is delivered twice, or appended again by a log that was restored, is told once", async () => {
    world.startCopy();
    const endpoint = await world.addEndpoint(tenantId, receiver.url);
    const fact = completed("syn_twice");
    await world.tell(tenantId, fact, "twice");
    await untilState(endpoint, "delivered");
    await world.nats.jsm.consumers.delete(relayConsumer.stream, relayConsumer.config.durable_name);
    await world.stopCopies();
    world.startCopy(); // reads the log from its beginning
    await world.tell(tenantId, completed("syn_last"));
    await untilReceived(2);
    expect(receiver.received.map(syncOf)).toEqual(["syn_twice", "syn_last"]);
  });

  it("of before the endpoint was made is not told, and of a moment before may be", async () => {
    const endpoint = await world.addEndpoint(tenantId, receiver.url);
    await world.pool.query("update webhook_endpoints set created_at = now() + interval '5 minutes'");
    world.startCopy();
    await world.tell(tenantId);
    await untilRelayed();
    await world.pool.query("update webhook_endpoints set created_at = now() + interval '30 seconds'");
    const second = await world.tell(tenantId);
    await untilReceived(1);
    await sleep(200);
    expect(receiver.received.map(syncOf)).toEqual([second]);
    expect(await world.deliveriesOf(endpoint)).toHaveLength(1);
  });

  it("of days ago is not told, by whatever mishap the log is read anew", async () => {
    await world.addEndpoint(tenantId, receiver.url);
    await world.pool.query("update webhook_endpoints set created_at = now() - interval '30 days'");
    world.startCopy({ giveUpMs: 2_000 });
    await world.tell(tenantId);
    await untilReceived(1);
    await world.pool.query("delete from webhook_deliveries");
    await sleep(2_100);
    await beginConsumerAnew(world.nats, relayConsumer);
    const last = await world.tell(tenantId);
    await untilReceived(2);
    expect(syncOf(receiver.received[1] as Received)).toBe(last);
  });

  it("of changed mail names the messages", async () => {
    world.startCopy();
    await world.addEndpoint(tenantId, receiver.url);
    const mail = { added: ["m1", "m2"], changed: ["m3"], deleted: ["m4"] };
    await world.tell(tenantId, givenFetched(givenProgress(1), { lane: "live", mail }));
    await untilReceived(1);
    expect(JSON.parse(receiver.received[0]?.body ?? "")).toMatchObject({
      type: "mail.changed",
      data: { ...mail, counts: { added: 2, changed: 1, deleted: 1 } },
    });
  });
});

describe("a message that is not taken", () => {
  it("is sent again until it is, under the same id and with the same body, signed anew", async () => {
    const endpoint = await world.addEndpoint(tenantId, receiver.url);
    receiver.respond(() => (receiver.received.length < 4 ? 500 : 200));
    world.startCopy();
    await world.tell(tenantId);
    await untilState(endpoint, "delivered");
    expect(receiver.received).toHaveLength(4);
    expect(new Set(ids()).size).toBe(1);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    for (const { body, headers } of receiver.received) new Webhook(endpoint.secret).verify(body, headers);
    expect(await world.deliveriesOf(endpoint)).toMatchObject([
      { attempts: 4, lastStatus: 200, lastError: null },
    ]);
    expect(await world.endpointRow(endpoint)).toMatchObject({ failures: 0, failing_since: null });
  });

  it("holds no claim while it waits", async () => {
    const endpoint = await world.addEndpoint(tenantId, receiver.url);
    receiver.respond(500);
    world.startCopy({ retry: { baseMs: 600_000, capMs: 600_000 } });
    await world.tell(tenantId);
    await until(async () => (await world.deliveriesOf(endpoint))[0]?.attempts === 1);
    await expect
      .poll(async () => {
        const { durable_name } = turnConsumer.config;
        const { num_pending, num_ack_pending } = await world.nats.jsm.consumers.info(
          turnConsumer.stream,
          durable_name,
        );
        return [num_pending, num_ack_pending];
      })
      .toEqual([0, 0]);
    // The next turn waits as a scheduled message.
    expect((await world.nats.jsm.streams.info(hookStream.name)).state.messages).toBe(1);
  });

  it("is given up when its time is over, with the reason", async () => {
    const endpoint = await world.addEndpoint(tenantId, receiver.url);
    receiver.respond(503);
    world.startCopy({ giveUpMs: 500, retry: { baseMs: 400, capMs: 400 } });
    await world.tell(tenantId);
    await untilState(endpoint, "exhausted");
    const [delivery] = await world.deliveriesOf(endpoint);
    expect(delivery).toMatchObject({ lastStatus: 503, lastError: "status 503", dueAt: null });
    expect(receiver.received).toHaveLength(delivery?.attempts ?? 0);
  });

  it("because nothing is wanted there any more disables the endpoint; what comes then is kept, and not sent", async () => {
    const endpoint = await world.addEndpoint(tenantId, receiver.url);
    receiver.respond(410);
    world.startCopy();
    await world.tell(tenantId);
    await untilState(endpoint, "exhausted");
    expect(await world.endpointRow(endpoint)).toMatchObject({ enabled: false, disabled_reason: "gone" });
    await world.tell(tenantId);
    await untilState(endpoint, "exhausted", "skipped");
    await sleep(200);
    expect(receiver.received).toHaveLength(1);
  });

  it("by an endpoint that has taken nothing for days disables it", async () => {
    const endpoint = await world.addEndpoint(tenantId, receiver.url);
    receiver.respond(500);
    await world.pool.query(
      "update webhook_endpoints set failures = 9, failing_since = now() - interval '6 days', failed_at = now()",
    );
    world.startCopy();
    await world.tell(tenantId);
    await until(async () => (await world.endpointRow(endpoint)).disabled_reason === "failing");
    await untilState(endpoint, "skipped");
  });
});

describe("endpoints are apart", () => {
  it("one that hangs, with hundreds of messages, keeps nobody waiting: another has its messages within a second", async () => {
    const hanging = await startReceiver();
    hanging.respond(() => undefined);
    world.startCopy();
    const slow = await world.addEndpoint(tenantId, hanging.url);
    for (let i = 0; i < 300; i++) await world.tell(tenantId);
    await untilRelayed();
    await until(() => hanging.received.length >= 8);
    await world.addEndpoint(tenantId, receiver.url);
    for (let i = 1; i <= 10; i++) {
      const toldMs = Date.now();
      const syncId = await world.tell(tenantId);
      await untilReceived(i);
      const received = receiver.received.find((one) => syncOf(one) === syncId);
      expect((received?.atMs ?? Number.POSITIVE_INFINITY) - toldMs).toBeLessThan(1_000);
    }
    expect((await world.endpointRow(slow)).failures).toBeGreaterThanOrEqual(0);
    await hanging.stop();
  });

  it("each has eight messages in flight at most, however many copies run", async () => {
    let [inFlight, most] = [0, 0];
    receiver.respond((_, response) => {
      most = Math.max(most, ++inFlight);
      setTimeout(() => {
        inFlight--;
        response.writeHead(204).end();
      }, 30);
      return undefined;
    });
    const endpoint = await world.addEndpoint(tenantId, receiver.url);
    for (let copy = 0; copy < 3; copy++) world.startCopy();
    for (let i = 0; i < 100; i++) await world.tell(tenantId);
    await until(() => new Set(ids()).size === 100);
    expect(most).toBeLessThanOrEqual(8);
    expect(ids()).toHaveLength(100);
    await until(async () => (await world.deliveriesOf(endpoint)).every(({ state }) => state === "delivered"));
  });

  it("one that fails again and again is left alone between attempts, and gets everything when it works", async () => {
    receiver.respond(500);
    const endpoint = await world.addEndpoint(tenantId, receiver.url);
    world.startCopy({ leaveAlone: { baseMs: 3_000, capMs: 3_000 }, retry: { baseMs: 100, capMs: 100 } });
    for (let i = 0; i < 30; i++) await world.tell(tenantId);
    await until(async () => (await world.endpointRow(endpoint)).open_until !== null);
    await sleep(300);
    const before = receiver.received.length;
    await sleep(200);
    expect(receiver.received.length - before).toBeLessThanOrEqual(8); // at most one more round
    expect(before).toBeLessThanOrEqual(24); // of 30 messages that are due ten times a second
    receiver.respond(200);
    await until(() => receiver.received.length > before, 20_000);
    await until(async () => (await world.deliveriesOf(endpoint)).every(({ state }) => state === "delivered"));
    expect(await world.endpointRow(endpoint)).toMatchObject({ failures: 0, open_until: null });
  });
});

describe("nothing is lost", () => {
  it("when the sender dies in the middle: what was on its way comes again, under the same id", async () => {
    const endpoint = await world.addEndpoint(tenantId, receiver.url);
    // Somebody claimed the endpoint, sent the message, and died before anything was recorded.
    await world.pool.query(
      "update webhook_endpoints set turn_id = 'dead', turn_until = now() + interval '2 seconds' where id = $1",
      [endpoint.endpointId],
    );
    world.startCopy();
    await world.tell(tenantId);
    await sleep(500);
    expect(receiver.received).toEqual([]);
    await untilState(endpoint, "delivered");
    const [{ id } = { id: "" }] = await world.deliveriesOf(endpoint);
    expect(ids()).toEqual([id]);
  });

  it("when it is stopped while an endpoint hangs: it stops soon, and another copy sends it", async () => {
    receiver.respond(() => undefined);
    const endpoint = await world.addEndpoint(tenantId, receiver.url);
    const copy = world.startCopy({ timeoutMs: 20_000 });
    await world.tell(tenantId);
    await untilReceived(1);
    const began = performance.now();
    await copy.stop();
    expect(performance.now() - began).toBeLessThan(4_000);
    expect(await world.deliveriesOf(endpoint)).toMatchObject([{ state: "pending", attempts: 0 }]);
    receiver.respond(200);
    world.startCopy();
    await untilState(endpoint, "delivered");
    expect(new Set(ids()).size).toBe(1);
  });

  it("when the broker is killed, and comes back", async () => {
    const endpoint = await world.addEndpoint(tenantId, receiver.url);
    receiver.respond(500);
    world.startCopy();
    await world.tell(tenantId);
    await untilReceived(1);
    await world.server.kill();
    await world.server.restart();
    receiver.respond(200);
    await until(
      async () => (await world.deliveriesOf(endpoint)).every(({ state }) => state === "delivered"),
      30_000,
    );
    expect(new Set(ids()).size).toBe(1);
  });

  it("when the database is restored from a backup: the facts since then are read again, and told under the same ids", async () => {
    const endpoint = await world.addEndpoint(tenantId, receiver.url);
    world.startCopy();
    await world.tell(tenantId);
    await untilState(endpoint, "delivered");
    await world.pool.query("delete from webhook_deliveries");
    await beginConsumerAnew(world.nats, relayConsumer);
    await untilReceived(2);
    expect(new Set(ids()).size).toBe(1);
  });

  it("when facts come while nobody sends", async () => {
    await world.addEndpoint(tenantId, receiver.url);
    const told = [await world.tell(tenantId), await world.tell(tenantId)];
    world.startCopy();
    await untilReceived(2);
    expect(receiver.received.map(syncOf).toSorted()).toEqual(told.toSorted());
  });
});

it("for a day after a rotation messages bear both signatures, then one", async () => {
  world.startCopy();
  const endpoint = await world.addEndpoint(tenantId, receiver.url);
  const next = newWebhookSecret();
  await world.pool.query(
    `update webhook_endpoints set sealed_previous_secret = sealed_secret, sealed_secret = $2,
       previous_secret_until = now() + interval '1 minute' where id = $1`,
    [endpoint.endpointId, sealWebhookSecret(world.keyring, endpoint, next)],
  );
  await world.tell(tenantId);
  await untilReceived(1);
  await world.pool.query("update webhook_endpoints set previous_secret_until = now()");
  await world.tell(tenantId);
  await untilReceived(2);
  const [during, after] = receiver.received as [Received, Received];
  for (const secret of [next, endpoint.secret]) new Webhook(secret).verify(during.body, during.headers);
  new Webhook(next).verify(after.body, after.headers);
  expect(() => new Webhook(endpoint.secret).verify(after.body, after.headers)).toThrow("No matching");
});

it("a secret that was copied from another endpoint's row signs nothing", async () => {
  world.startCopy();
  const endpoint = await world.addEndpoint(tenantId, receiver.url);
  const foreign = await world.addEndpoint(await world.addTenant(), receiver.url);
  await world.pool.query(
    `update webhook_endpoints e set sealed_secret = o.sealed_secret from webhook_endpoints o
     where e.id = $1 and o.id = $2`,
    [endpoint.endpointId, foreign.endpointId],
  );
  await world.tell(tenantId);
  await untilState(endpoint, "pending");
  await sleep(500);
  expect(receiver.received).toEqual([]);
});

it("turns of what is not there, and messages that are no turns, do no harm", async () => {
  world.startCopy();
  await world.giveTurn({ tenantId, endpointId: newId("whe") });
  await world.nats.js.publish("hook.due.x", "nonsense");
  await world.nats.js.publish(`hook.due.${tenantId}.a.b`, "nonsense");
  const endpoint = await world.addEndpoint(tenantId, receiver.url);
  await world.tell(tenantId);
  await untilState(endpoint, "delivered");
  await expect.poll(async () => (await world.nats.jsm.streams.info(hookStream.name)).state.messages).toBe(0);
});
