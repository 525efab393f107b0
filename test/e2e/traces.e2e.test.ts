import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { followingFrom } from "../support/following-from.ts";
import { publishPlainly } from "../support/plain-nats.ts";
import type { ReceivedSpan } from "../support/read-spans.ts";
import { type Millrace, serviceNames, startMillrace } from "../support/start-millrace.ts";
import { type OtlpReceiver, startOtlpReceiver } from "../support/start-otlp-receiver.ts";

const email = "ann@millrace.test";
const clientSecret = "MARKED-client-secret-77ab";
const messages = 300;
const headerOfReceiver = "MARKED-receiver-key-3e19";

let receiver: OtlpReceiver;
let simulator: GmailSimulator;
let millrace: Millrace;
let accountId = "";

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  simulator = await startGmailSimulator({ quotas: "off", mailboxes: [{ email, generate: messages }] });
  millrace = await startMillrace(simulator.url, {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${headerOfReceiver}`,
    OTEL_BSP_SCHEDULE_DELAY: "100",
    GMAIL_QUOTA: "gmail-legacy",
    GOOGLE_CLIENT_SECRET: clientSecret,
    RECONCILE_SECONDS: "1",
    RECONCILE_IDLE_SECONDS: "1",
    CHUNK_SIZE: "50",
  });
  accountId = await millrace.client.connectAccount(email);
});
afterAll(async () => {
  await millrace?.stop();
  await simulator?.close();
  await receiver?.close();
});

interface Given {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceparent: string;
}

function givenContext(): Given {
  const [traceId, spanId] = [randomBytes(16).toString("hex"), randomBytes(8).toString("hex")];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` };
}

/** Once nothing more is sent of syncs, all is there. The janitor's tasks go on for ever. */
async function allSpans(): Promise<readonly ReceivedSpan[]> {
  const ofSyncs = () => receiver.spans.filter(({ service }) => service !== "janitor").length;
  for (let seen = -1; seen !== ofSyncs(); ) {
    seen = ofSyncs();
    await sleep(500);
  }
  return receiver.spans;
}

const isFact = (type: string) => (span: ReceivedSpan) => span.attributes["millrace.fact"] === type;

function find(spans: Iterable<ReceivedSpan>, is: (span: ReceivedSpan) => boolean): ReceivedSpan {
  const found = [...spans].find(is);
  expect(found, String(is)).toBeDefined();
  return found as ReceivedSpan;
}

/** A whole sync, in which every service has to take part: its work is lost, and found to be. */
async function syncWithAllServices(headers: Record<string, string>): Promise<string> {
  const { client } = millrace;
  await millrace.services.get("fetcher")?.stop();
  const asked = await client.json<{ syncId: string }>(
    "POST",
    "/v1/syncs",
    { accountId, mode: "full" },
    headers,
  );
  const { syncId } = asked;
  await client.waitFor(
    () => client.getSync(syncId),
    ({ progress }) => progress.listed === messages,
  );
  await millrace.purgeWork();
  await client.waitFor(
    () => client.events(`/v1/syncs/${syncId}/events?limit=200`),
    (events) => events.some(({ type }) => type === "sync.stalled"),
  );
  await millrace.start("fetcher");
  expect(await client.waitForEnd(syncId)).toMatchObject({
    status: "completed",
    ledger: { stored: messages },
  });
  return syncId;
}

describe("the traces of a sync", () => {
  const given = givenContext();
  let syncId = "";
  let spans: readonly ReceivedSpan[] = [];
  beforeAll(async () => {
    syncId = await syncWithAllServices({ traceparent: given.traceparent });
    spans = await allSpans();
  });

  it("connect all services, from the request over HTTP to the projection of its completion", () => {
    const request = find(
      spans,
      ({ name, traceId }) => name === "POST /v1/syncs" && traceId === given.traceId,
    );
    expect(request).toMatchObject({ service: "sync-api", kind: "server", parentSpanId: given.spanId });
    const followers = followingFrom(spans, request);
    expect(new Set([...followers].map(({ service }) => service))).toEqual(new Set(serviceNames));
    const completed = find(followers, isFact("sync.completed"));
    const isProjection = ({ service, name }: ReceivedSpan) =>
      service === "sync-api" && name.startsWith("process evt");
    find(followingFrom(spans, completed), isProjection);
    find(followers, (span) => span.service === "janitor" && isFact("sync.stalled")(span));
    const chunks = [...followers].filter(({ name }) => name.startsWith("process work."));
    expect(new Set(chunks.map(({ attributes }) => attributes["chunk.index"]))).toEqual(
      new Set([undefined, 0, 1, 2, 3, 4, 5]),
    );
    for (const chunk of chunks) expect(chunk.parentSpanId, chunk.name).toBe(""); // linked, not nested
  });

  it("hold each call of Gmail with its units, and each statement, below what it was done for", () => {
    const ofSync = spans.filter(({ attributes }) => attributes["sync.id"] === syncId);
    const batch = find(ofSync, ({ name }) => name === "POST /batch/gmail/v1");
    expect(batch).toMatchObject({ service: "fetcher", kind: "client" });
    expect(batch.attributes).toMatchObject({ "http.response.status_code": 200, "quota.units": 250 });
    find(ofSync, ({ name }) => name === "GET /gmail/v1/users/{userId}/messages");
    find(spans, ({ name }) => name === "POST /token");
    const statement = find(ofSync, ({ attributes }) => attributes["db.system.name"] === "postgresql");
    for (const span of [batch, statement]) expect(span.parentSpanId).not.toBe("");
  });

  it("are found by the sync's id, through a trace whose spans are the sync's facts", async () => {
    const { traceId } = await millrace.client.json<{ traceId: string }>("GET", `/v1/syncs/${syncId}`);
    const facts = spans.filter((span) => span.traceId === traceId);
    const root = find(facts, ({ name }) => name === "sync");
    expect(root.parentSpanId).toBe("");
    for (const type of ["sync.started", "page.listed", "sync.stalled", "chunk.fetched", "sync.completed"]) {
      const fact = find(facts, ({ name }) => name === type);
      expect(fact.parentSpanId).toBe(root.spanId);
      const [{ spanId = "" } = {}] = fact.links;
      expect(find(spans, (span) => span.spanId === spanId).attributes["millrace.fact"]).toBe(type);
    }
  });

  it("tell of every span of the work whose it is, and of which sync", () => {
    const workers = spans.filter(({ service }) => service === "chunker" || service === "fetcher");
    expect(workers.length).toBeGreaterThan(100);
    for (const { name, attributes } of workers)
      expect(attributes, name).toMatchObject({
        "tenant.id": "demo",
        "account.id": accountId,
        "sync.id": syncId,
      });
  });

  it("have names without ids, and hold no secret and no address", () => {
    expect(receiver.headers.every((headers) => headers["x-api-key"] === headerOfReceiver)).toBe(true);
    for (const { name } of spans) expect(name).not.toMatch(/@|acc_|syn_|msg_|\d{3}/);
    const told = Buffer.concat(receiver.bodies).toString("latin1");
    expect(told).toContain(accountId); // it was really looked at
    const secrets = [email, "millrace.test", "sim-refresh-", "ya29.", clientSecret, headerOfReceiver];
    for (const secret of [...secrets, millrace.client.key.slice(3)])
      expect(told.includes(secret), secret).toBe(false);
  });

  it("are named by the log lines of their work", () => {
    const known = new Set(spans.map(({ traceId }) => traceId));
    for (const [service, event] of [
      ["chunker", "sync.started"],
      ["chunker", "sync.completed"],
      ["janitor", "sync.stalled"],
    ] as const) {
      const lines = readFileSync(millrace.services.get(service)?.logFile ?? "", "utf8").split("\n");
      const line = lines
        .filter((text) => text.includes(`"event":"${event}"`))
        .map((text) => JSON.parse(text))[0];
      expect(line).toMatchObject({ level: expect.any(String), "sync.id": syncId, "tenant.id": "demo" });
      expect(known, event).toContain(line.trace_id);
    }
  });
});

it("a sync that another service asks for is a part of that service's trace", async () => {
  const given = givenContext();
  const subject = `sync.requests.demo.${accountId}`;
  await publishPlainly(millrace.shop, subject, "{}", { traceparent: given.traceparent });
  // Spans come in whichever order they end and are sent.
  const isAccepted = ({ traceId, kind, parentSpanId }: ReceivedSpan) =>
    traceId === given.traceId && kind === "consumer" && parentSpanId === given.spanId;
  await millrace.client.waitFor(
    allSpans,
    (spans) =>
      spans.some(isAccepted) &&
      spans.some((span) => span.traceId === given.traceId && isFact("sync.started")(span)),
  );
  expect(find(receiver.spans, isAccepted)).toMatchObject({
    service: "chunker",
    name: "process sync.requests.{tenant}.{account}",
  });
});

it.each(["rubbish", "00-00000000000000000000000000000000-0000000000000000-01", `00-${"f".repeat(5_000)}-01`])(
  "a context that is none (%#) is passed over, and the sync is traced for itself",
  async (traceparent) => {
    const subject = `sync.requests.demo.${accountId}`;
    const syncs = () =>
      millrace.client.json<{ items: { id: string; status: string }[] }>("GET", "/v1/syncs?limit=200");
    const before = (await syncs()).items.length;
    await publishPlainly(millrace.shop, subject, "{}", { traceparent });
    const { items } = await millrace.client.waitFor(syncs, (now) => now.items.length === before + 1);
    const [newest] = items;
    await millrace.client.waitForEnd(newest?.id ?? "");
    const spans = await allSpans();
    const isAccepted = ({ name, attributes }: ReceivedSpan) =>
      name === "process sync.requests.{tenant}.{account}" && attributes["sync.id"] === newest?.id;
    expect(find(spans, isAccepted).parentSpanId).toBe("");
  },
);

describe("a receiver that does not answer", () => {
  const sockets = new Set<Socket>();
  let mute: Server;
  beforeAll(async () => {
    await receiver.close();
    mute = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
    });
    await new Promise<void>((resolve) =>
      mute.listen(Number(new URL(receiver.url).port), "127.0.0.1", resolve),
    );
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    mute?.close();
  });

  it("holds up neither a sync nor the end of a service", async () => {
    const { client } = millrace;
    await client.waitForEnd(await client.requestSync(accountId, { mode: "full" }), 20_000);
    expect(sockets.size).toBeGreaterThan(0);
    const beganMs = performance.now();
    expect(await millrace.services.get("chunker")?.stop()).toMatchObject({ code: 0 });
    expect(performance.now() - beganMs).toBeLessThan(5_000);
    await millrace.start("chunker");
  });
});
