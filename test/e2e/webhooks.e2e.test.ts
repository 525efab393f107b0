import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { type Received, type Receiver, startReceiver } from "@millrace/shared/testing/start-receiver";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Mailbox, openMailbox } from "../support/changing-mailbox.ts";
import type { EventAnswer } from "../support/millrace-client.ts";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";

const allEvents = ["sync.completed", "sync.failed", "account.reauth_required", "mail.changed"];

let simulator: GmailSimulator;
let millrace: Millrace;
let receiver: Receiver;

beforeAll(async () => {
  simulator = await startGmailSimulator({ quotas: "off", seed: 91 });
  receiver = await startReceiver();
  millrace = await startMillrace(simulator.url, {
    WEBHOOKS_ALLOW_HTTP: "true",
    WEBHOOKS_ALLOW_PRIVATE: "true",
    CLAIM_SECONDS: "5",
  });
});
afterAll(async () => {
  await millrace?.stop();
  await receiver?.stop();
  await simulator?.close();
});

interface Endpoint {
  readonly id: string;
  readonly secret: string;
}
interface Delivery {
  readonly messageId: string;
  readonly state: string;
  readonly type: string;
}
interface Payload {
  readonly type: string;
  readonly data: { readonly syncId: string; readonly accountId: string; readonly added?: readonly string[] };
}

const createEndpoint = (): Promise<Endpoint> =>
  millrace.client.json("POST", "/v1/webhook-endpoints", { url: receiver.url, events: allEvents });
const deliveriesOf = async ({ id }: Endpoint): Promise<Delivery[]> =>
  (
    await millrace.client.json<{ items: Delivery[] }>(
      "GET",
      `/v1/webhook-endpoints/${id}/deliveries?limit=200`,
    )
  ).items;
const idOf = ({ headers }: Received): string => headers["webhook-id"] ?? "";
const attemptsAt = (id: string): number => receiver.received.filter((one) => idOf(one) === id).length;
const payloadsOf = (endpoint: Endpoint): Map<string, Payload> =>
  new Map(
    receiver.received.map((one) => [
      idOf(one),
      new Webhook(endpoint.secret).verify(one.body, one.headers) as Payload,
    ]),
  );

/** True for what endpoints are told of. */
function isTold({ type, fact }: EventAnswer): boolean {
  if (type === "sync.completed") return true;
  const { lane, mail } = fact as { lane?: string; mail?: Record<string, readonly string[]> };
  return (
    type === "chunk.fetched" && lane === "live" && Object.values(mail ?? {}).some((ids) => ids.length > 0)
  );
}

async function syncNewMail(
  mailbox: Mailbox,
  accountId: string,
): Promise<{ syncId: string; added: string[] }> {
  const added = [...(await mailbox.add(3))];
  const syncId = await millrace.client.requestSync(accountId);
  await millrace.client.waitForEnd(syncId);
  return { syncId, added };
}

it("syncs are told of, each message at least once and always the same, although the receiver fails and the sender is killed twice", async () => {
  const endpoint = await createEndpoint();
  // Each message is refused at first, some by a connection that breaks.
  receiver.respond((one, response) => {
    if (attemptsAt(idOf(one)) > 1) return 204;
    if (one.atMs % 3 > 0) return 500;
    response.destroy();
    return undefined;
  });
  const mailbox = await openMailbox(simulator, "told@millrace.test", 30);
  const accountId = await millrace.client.connectAccount(mailbox.email);
  // Whatever is synced, this test has asked for.
  await millrace.client.json("PATCH", `/v1/accounts/${accountId}`, { schedule: { kind: "none" } });
  const syncIds = [await millrace.client.requestSync(accountId)];
  await millrace.client.waitForEnd(syncIds[0] ?? "");
  const added: string[] = [];
  for (let i = 0; i < 6; i++) {
    if (i === 1 || i === 4) {
      await millrace.services.get("sync-api")?.kill();
      await millrace.start("sync-api");
    }
    const synced = await syncNewMail(mailbox, accountId);
    syncIds.push(synced.syncId);
    added.push(...synced.added);
  }
  const told = (await millrace.client.events(`/v1/events?accountId=${accountId}&limit=500`)).filter(isTold);
  expect(told.length).toBeGreaterThanOrEqual(2 * syncIds.length);
  await millrace.client.waitFor(
    () => deliveriesOf(endpoint),
    (deliveries) =>
      deliveries.length >= told.length && deliveries.every(({ state }) => state === "delivered"),
    120_000,
  );
  const payloads = [...payloadsOf(endpoint).values()]; // each attempt's signature is right, or this throws
  const ofType = (type: string) => payloads.filter((payload) => payload.type === type);
  expect(
    ofType("sync.completed")
      .map(({ data }) => data.syncId)
      .toSorted(),
  ).toEqual(syncIds.toSorted());
  const toldOf = new Set(ofType("mail.changed").flatMap(({ data }) => data.added ?? []));
  expect(added.filter((id) => !toldOf.has(id))).toEqual([]);
  const bodies = new Map<string, Set<string>>();
  for (const one of receiver.received)
    bodies.set(idOf(one), (bodies.get(idOf(one)) ?? new Set()).add(one.body));
  expect([...bodies.values()].filter((texts) => texts.size > 1)).toEqual([]);
  expect([...bodies.keys()].toSorted()).toEqual(
    (await deliveriesOf(endpoint)).map(({ messageId }) => messageId).toSorted(),
  );
  expect((await millrace.client.send("DELETE", `/v1/webhook-endpoints/${endpoint.id}`)).status).toBe(204);
});

it("lost consent is told once, and a replay tells everything again under the same ids", async () => {
  receiver.respond(204);
  const endpoint = await createEndpoint();
  const mailbox = await openMailbox(simulator, "refused@millrace.test", 5);
  const accountId = await millrace.client.connectAccount(mailbox.email);
  await millrace.client.waitForEnd(await millrace.client.requestSync(accountId));
  await simulator.control.setGranted(mailbox.email, false);
  for (let i = 0; i < 2; i++) {
    const syncId = await millrace.client.requestSync(accountId, { mode: "full" });
    await millrace.client.waitFor(
      () => millrace.client.getSync(syncId),
      ({ status }) => status === "paused" || status === "coalesced",
    );
  }
  const mine = await millrace.client.waitFor(
    () => deliveriesOf(endpoint),
    (deliveries) =>
      deliveries.some(({ type }) => type === "account.reauth_required") &&
      deliveries.every(({ state }) => state === "delivered"),
  );
  expect(mine.filter(({ type }) => type === "account.reauth_required")).toHaveLength(1);
  const before = new Map(receiver.received.map((one) => [idOf(one), one.body]));
  const count = receiver.received.length;
  const { replayed } = await millrace.client.json<{ replayed: number }>(
    "POST",
    `/v1/webhook-endpoints/${endpoint.id}/replay`,
    { since: "2020-01-01T00:00:00Z" },
  );
  expect(replayed).toBe(mine.length);
  await millrace.client.waitFor(
    async () => receiver.received.length - count,
    (more) => more >= replayed,
  );
  const again = receiver.received.slice(count);
  expect(new Set(again.map(idOf))).toEqual(new Set(mine.map(({ messageId }) => messageId)));
  for (const one of again) expect(before.get(idOf(one))).toBe(one.body);
});
