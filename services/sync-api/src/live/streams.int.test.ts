import { once } from "node:events";
import { connect } from "node:net";
import { isAfter } from "@millrace/shared/projection/views";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addAccount, addSync, changeSyncs } from "../testing/fill-views.ts";
import { type OpenedStream, openStream, syncOfEvent } from "../testing/open-stream.ts";
import { startTestApi, type TestApi, type TestTenant, urlOf } from "../testing/start-test-api.ts";
import { beginning, parseVersion } from "./version.ts";

let api: TestApi;
let tenant: TestTenant;
let owner: { tenantId: string; accountId: string };
const streams: OpenedStream[] = [];

beforeAll(async () => {
  api = await startTestApi({ streamLimits: { heartbeatMs: 100, stalledHeartbeatsMax: 100 } });
});
beforeEach(async () => {
  tenant = await api.addTenant();
  owner = { tenantId: tenant.tenantId, accountId: await addAccount(api.pool, tenant.tenantId) };
});
afterAll(async () => {
  for (const stream of streams) stream.leave();
  await api?.stop();
});

async function watch(path: string, lastEventId?: string, base = api.url): Promise<OpenedStream> {
  const stream = await openStream(`${base}${path}`, {
    ...tenant.headers,
    ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
  });
  streams.push(stream);
  return stream;
}

const change = (...changes: Parameters<typeof changeSyncs>[2][number][]) =>
  changeSyncs(api.pool, tenant.tenantId, changes);

const idsOf = (stream: OpenedStream) => stream.events.map(({ id }) => id);

describe("the stream of one sync", () => {
  test("begins with its state for a client that has seen what this database never held", async () => {
    const id = await addSync(api.pool, owner, { seq: 5 });
    await api.pool.query(
      "insert into checkpoints (name, epoch, stream_created, seq) values ('projector', 1, 'x', 1000000)",
    );
    const stream = await watch(`/v1/syncs/${id}/stream`, "9-5");
    await stream.waitFor(1);
    await api.pool.query("delete from checkpoints");
    expect(idsOf(stream)).toEqual(["1-5"]);
  });

  test("begins with its state, tells each change, and ends with it", async () => {
    const id = await addSync(api.pool, owner, { seq: 5 });
    const stream = await watch(`/v1/syncs/${id}/stream`);
    expect(stream.status).toBe(200);
    expect(stream.headers.get("content-type")).toMatch(/^text\/event-stream/);
    await stream.waitFor(1);
    await change({ id, seq: 6, stored: 10, listed: 20, chunks_settled: 1 });
    await stream.waitFor(2);
    await change({ id, seq: 7, stored: 20, status: "completed", ended_at: new Date() });
    await stream.closed;
    expect(stream.events.map(({ event, id }) => `${event} ${id}`)).toEqual([
      "sync 1-5",
      "sync 1-6",
      "sync 1-7",
      "end 1-7",
    ]);
    expect(stream.events.slice(0, 3).map((event) => syncOfEvent(event).lane)).toEqual(["live", "bulk", null]);
    const shown = await api.app.inject({ url: `/v1/syncs/${id}`, headers: tenant.headers });
    expect(syncOfEvent(stream.events[2])).toEqual(shown.json());
    expect(stream.retryMs).toBeGreaterThan(0);
  });

  test("resumes after the last event, also at another copy, and tells nothing twice", async () => {
    const copy = await api.buildCopy();
    const id = await addSync(api.pool, owner, { seq: 5 });
    const first = await watch(`/v1/syncs/${id}/stream`);
    await first.waitFor(1);
    first.leave();
    const second = await watch(`/v1/syncs/${id}/stream`, "1-5", urlOf(copy));
    await change({ id, seq: 9 });
    await second.waitFor(1);
    expect(idsOf(second)).toEqual(["1-9"]);
  });

  test("that was requested and not begun begins with that, and goes on when the first fact comes", async () => {
    const asked = await api.app.inject({
      method: "POST",
      url: "/v1/syncs",
      headers: tenant.headers,
      payload: { accountId: owner.accountId },
    });
    const { syncId, links } = asked.json();
    const stream = await watch(links.stream);
    await stream.waitFor(1);
    await addSync(api.pool, owner, { id: syncId, seq: 11 });
    await change({ id: syncId, seq: 11 });
    await stream.waitFor(2);
    expect(stream.events.map((event) => syncOfEvent(event).status)).toEqual(["requested", "running"]);
    expect(idsOf(stream)).toEqual(["0-0", "1-11"]);
  });

  test.each(["completed", "partial", "failed", "coalesced"])(
    "that is %s is told and ended at once",
    async (status) => {
      const id = await addSync(api.pool, owner, { seq: 5, status, ended_at: new Date() });
      const stream = await watch(`/v1/syncs/${id}/stream`);
      await stream.closed;
      expect(stream.events.map(({ event }) => event)).toEqual(["sync", "end"]);
      const again = await watch(`/v1/syncs/${id}/stream`, "1-5");
      await again.closed;
      expect(again.events.map(({ event }) => event)).toEqual(["end"]);
    },
  );

  test("is 404 for an unknown sync and for another tenant's", async () => {
    const other = await api.addTenant();
    const theirs = { tenantId: other.tenantId, accountId: await addAccount(api.pool, other.tenantId) };
    for (const id of ["syn_unknown", await addSync(api.pool, theirs)]) {
      const stream = await watch(`/v1/syncs/${id}/stream`);
      expect(stream.status).toBe(404);
      expect(stream.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    }
  });

  test("hears heartbeats while nothing happens", async () => {
    const id = await addSync(api.pool, owner);
    const stream = await watch(`/v1/syncs/${id}/stream`);
    await expect.poll(() => stream.comments.length, { timeout: 5_000 }).toBeGreaterThan(1);
  });
});

describe("the stream of a tenant", () => {
  test("begins with what runs or has just ended, and goes on with every change of its own", async () => {
    const running = await addSync(api.pool, owner, { seq: 3 });
    const justEnded = await addSync(api.pool, owner, { seq: 4, status: "failed", ended_at: new Date() });
    await addSync(api.pool, owner, { seq: 2, status: "completed", ended_at: new Date(Date.now() - 600_000) });
    const other = await api.addTenant();
    const theirs = { tenantId: other.tenantId, accountId: await addAccount(api.pool, other.tenantId) };
    const foreign = await addSync(api.pool, theirs, { seq: 5 });
    const stream = await watch("/v1/stream");
    await stream.waitFor(2);
    expect(stream.events.map((event) => syncOfEvent(event).id)).toEqual([running, justEnded]);
    await changeSyncs(api.pool, other.tenantId, [{ id: foreign, seq: 6 }]);
    const begun = await addSync(api.pool, owner, { seq: 7 });
    await change({ id: begun, seq: 7 }, { id: running, seq: 8 });
    await stream.waitFor(4);
    expect(idsOf(stream)).toEqual(["1-3", "1-4", "1-7", "1-8"]);
  });

  test("resumed again and again during changes, misses no final state and never goes backwards", async () => {
    const ids = await Promise.all(
      Array.from({ length: 8 }, (_, i) => addSync(api.pool, owner, { seq: i + 1 })),
    );
    const heard = new Map<string, string>();
    let lastEventId = beginning;
    let position = 100;
    for (let round = 0; round < 12; round++) {
      const stream = await watch("/v1/stream", `${lastEventId.epoch}-${lastEventId.seq}`);
      const changing = (async () => {
        for (const id of ids) {
          position += 1;
          await change({ id, seq: position, stored: position });
        }
      })();
      await stream.waitFor(1 + (round % 5));
      stream.leave();
      for (const event of stream.events) {
        const version = parseVersion(event.id);
        if (version === null) throw new Error(`no version: ${event.id}`);
        expect(isAfter(version, lastEventId)).toBe(true);
        lastEventId = version;
        heard.set(syncOfEvent(event).id, event.id ?? "");
      }
      await changing;
    }
    const last = await watch("/v1/stream", `${lastEventId.epoch}-${lastEventId.seq}`);
    await expect
      .poll(() => {
        for (const event of last.events) heard.set(syncOfEvent(event).id, event.id ?? "");
        return [...heard.values()].toSorted();
      })
      .toEqual(ids.map((_, i) => `1-${position - ids.length + 1 + i}`).toSorted());
  });

  test("a new epoch is newer than whatever came before it", async () => {
    const id = await addSync(api.pool, owner, { seq: 90_000 });
    const stream = await watch("/v1/stream");
    await stream.waitFor(1);
    await change({ id, epoch: 2, seq: 1 });
    await stream.waitFor(2);
    expect(idsOf(stream)).toEqual(["1-90000", "2-1"]);
  });

  test("a view that is being rebuilt is not shown as progress that goes back", async () => {
    const id = await addSync(api.pool, owner, { seq: 50, stored: 500 });
    const stream = await watch("/v1/stream");
    await stream.waitFor(1);
    await change({ id, seq: 10, stored: 100 });
    await change({ id, seq: 51, stored: 510 });
    await stream.waitFor(2);
    expect(stream.events.map((event) => syncOfEvent(event).progress.stored)).toEqual([500, 510]);
  });

  test("a Last-Event-ID that is none begins anew", async () => {
    await addSync(api.pool, owner, { seq: 3 });
    const stream = await watch("/v1/stream", "garbage");
    await stream.waitFor(1);
    expect(idsOf(stream)).toEqual(["1-3"]);
  });
});

test("what changes while the listening connection is down is told when it is back", async () => {
  const id = await addSync(api.pool, owner, { seq: 5 });
  const stream = await watch(`/v1/syncs/${id}/stream`);
  await stream.waitFor(1);
  const { rows } = await api.pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and (query ilike 'listen %' or query = 'select 1')",
  ); // the connection that listens, whatever it was asked last
  expect(rows.length).toBeGreaterThan(0);
  // Written at once, and told to nobody.
  await api.pool.query("update syncs set seq = 6, stored = 1 where id = $1", [id]);
  await stream.waitFor(2);
  expect(idsOf(stream)).toEqual(["1-5", "1-6"]);
});

test("a notification that is not understood loses nothing", async () => {
  const id = await addSync(api.pool, owner, { seq: 5 });
  const stream = await watch(`/v1/syncs/${id}/stream`);
  await stream.waitFor(1);
  await api.pool.query("update syncs set seq = 6 where id = $1", [id]);
  await api.pool.query("notify millrace_progress, 'not json'");
  await stream.waitFor(2);
  expect(idsOf(stream)).toEqual(["1-5", "1-6"]);
});

test("streams beyond the limit are 503, and room is made by those that leave", async () => {
  const copy = await api.buildCopy({ streamLimits: { streamsMax: 2 } });
  const id = await addSync(api.pool, owner);
  const path = `/v1/syncs/${id}/stream`;
  const [first] = await Promise.all([
    watch(path, undefined, urlOf(copy)),
    watch("/v1/stream", undefined, urlOf(copy)),
  ]);
  const refused = await watch(path, undefined, urlOf(copy));
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  first.leave();
  await expect
    .poll(async () => (await watch(path, undefined, urlOf(copy))).status, { timeout: 5_000, interval: 100 })
    .toBe(200);
});

test("no tenant takes all streams", async () => {
  const copy = await api.buildCopy({ streamLimits: { streamsMax: 10, streamsPerTenantMax: 1 } });
  const { headers } = await api.addTenant();
  await watch("/v1/stream", undefined, urlOf(copy));
  expect((await watch("/v1/stream", undefined, urlOf(copy))).status).toBe(503);
  const theirs = await openStream(`${urlOf(copy)}/v1/stream`, headers);
  streams.push(theirs);
  expect(theirs.status).toBe(200);
});

test("closing the service ends its streams at once, between events, and lets nothing hang", async () => {
  const copy = await api.buildCopy();
  const id = await addSync(api.pool, owner);
  const open = await Promise.all([
    watch(`/v1/syncs/${id}/stream`, undefined, urlOf(copy)),
    watch("/v1/stream", undefined, urlOf(copy)),
  ]);
  await Promise.all(open.map((stream) => stream.waitFor(1)));
  const began = performance.now();
  await copy.close();
  await Promise.all(open.map((stream) => stream.closed));
  expect(performance.now() - began).toBeLessThan(3_000);
  expect(open.flatMap((stream) => stream.events.map(({ event }) => event))).toEqual(["sync", "sync"]);
});

test("closing the service does not wait for a client that does not read", async () => {
  const copy = await api.buildCopy();
  // More than the buffers of the loopback interface take.
  const failure = { category: "x", message: "y".repeat(24_000_000) };
  const id = await addSync(api.pool, owner, { status: "failed", ended_at: new Date(), failure });
  const socket = connect(Number(new URL(urlOf(copy)).port), "127.0.0.1");
  socket.on("error", () => {}); // it is cut off
  const { authorization } = tenant.headers;
  socket.write(`GET /v1/syncs/${id}/stream HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n\r\n`);
  await once(socket, "readable");
  const began = performance.now();
  await copy.close();
  expect(performance.now() - began).toBeLessThan(6_000);
  socket.destroy();
});
