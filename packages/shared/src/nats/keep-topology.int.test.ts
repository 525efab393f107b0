import { startTestNats, type TestNats } from "@millrace/infra/testing/test-nats";
import { nanos } from "@nats-io/transport-node";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { listeningLogger } from "../testing/listening-logger.ts";
import { silentLogger } from "../testing/silent-logger.ts";
import { connectNats, type Nats } from "./connect-nats.ts";
import { ensureTopology } from "./ensure-topology.ts";
import { type KeptPart, keepConsumers, keepStreams } from "./keep-topology.ts";
import { serviceRights } from "./service-rights.ts";
import { bulkConsumer, workStream } from "./topology.ts";

const size = { replicas: 1, logMebibytes: 64, claimMs: 30_000 };
const mebibyte = 1024 ** 2;
let server: TestNats;
let nats: Nats;

beforeAll(async () => {
  server = await startTestNats();
  nats = await connectNats(server.url, "test", silentLogger, size);
});
afterAll(async () => {
  await nats?.connection.close();
  await server?.stop();
});
beforeEach(async () => {
  await ensureTopology(nats);
});

const asService = (service: "janitor" | "fetcher" | "chunker") => ({
  ...nats,
  share: serviceRights[service],
});
const partOf = (parts: readonly KeptPart[], name: string) => parts.find((part) => part.name === name);
const config = async (name: string) => (await nats.jsm.streams.info(name)).config;

describe("streams", () => {
  it("that are as they should be are left alone", async () => {
    const parts = await keepStreams(asService("janitor"), silentLogger);
    expect(parts.map(({ name, differences }) => [name, differences])).toEqual(
      serviceRights.janitor.streams.map(({ name }) => [name, []]),
    );
  });

  it("that somebody has changed are put right: also a limit that ours have not at all", async () => {
    await nats.jsm.streams.update("EVENTS", { max_bytes: 32 * mebibyte });
    await nats.jsm.streams.update("WORK", { max_age: nanos(600_000), max_msgs: 10 });
    const parts = await keepStreams(asService("janitor"), silentLogger);
    expect(partOf(parts, "EVENTS")).toEqual({
      name: "EVENTS",
      differences: [["max_bytes", 64 * mebibyte, 32 * mebibyte]],
      putRight: ["max_bytes"],
      left: [],
    });
    expect(partOf(parts, "WORK")?.putRight.toSorted()).toEqual(["max_age", "max_msgs"]);
    expect(await config("EVENTS")).toMatchObject({ max_bytes: 64 * mebibyte });
    expect(await config("WORK")).toMatchObject({ max_age: 0, max_msgs: -1 });
    expect(partOf(await keepStreams(asService("janitor"), silentLogger), "WORK")?.differences).toEqual([]);
  });

  it("are left to whoever has set them: another release, or another configuration, does not take turns with it", async () => {
    const other = { ...nats, size: { ...size, logMebibytes: 48 } };
    await ensureTopology(other);
    const kept = partOf(await keepStreams(asService("janitor"), silentLogger), "EVENTS");
    expect(kept).toMatchObject({
      differences: [["max_bytes", 64 * mebibyte, 48 * mebibyte]],
      putRight: [],
      left: [{ field: "max_bytes", why: expect.stringContaining("another release or configuration") }],
    });
    expect(await config("EVENTS")).toMatchObject({ max_bytes: 48 * mebibyte });
  });

  it("that are gone are told, and made again", async () => {
    await nats.jsm.streams.delete("HOOKS");
    const { log, told } = listeningLogger();
    const kept = partOf(await keepStreams(asService("janitor"), log), "HOOKS");
    expect(kept).toMatchObject({ differences: null, isMadeAnew: true });
    expect(told).toMatchObject([{ event: "topology.differs", part: "HOOKS", differences: null }]);
    expect((await config("HOOKS")).name).toBe("HOOKS");
  });
});

describe("consumers", () => {
  const info = () => nats.jsm.consumers.info(workStream.name, bulkConsumer.config.durable_name);
  const change = (more: object) =>
    nats.jsm.consumers.update(workStream.name, bulkConsumer.config.durable_name, more);

  it("are put right by the service whose they are, and by nobody else", async () => {
    await change({ max_ack_pending: 3, ack_wait: nanos(1_000) });
    const seen = partOf(await keepConsumers(asService("janitor"), [bulkConsumer]), "WORK/fetcher-bulk");
    expect(seen?.differences?.map(([field]) => field).toSorted()).toEqual(["ack_wait", "max_ack_pending"]);
    expect(seen?.putRight).toEqual([]);
    expect((await info()).config.max_ack_pending).toBe(3);
    const own = partOf(await keepConsumers(asService("fetcher"), [bulkConsumer]), "WORK/fetcher-bulk");
    expect(own?.putRight.toSorted()).toEqual(["ack_wait", "max_ack_pending"]);
    expect((await info()).config).toMatchObject({ max_ack_pending: 10_000, ack_wait: nanos(30_000) });
  });

  it("that are paused are told, and stay paused", async () => {
    await nats.jsm.consumers.pause(
      workStream.name,
      bulkConsumer.config.durable_name,
      new Date(Date.now() + 60_000),
    );
    const kept = partOf(await keepConsumers(asService("fetcher"), [bulkConsumer]), "WORK/fetcher-bulk");
    expect(kept?.left).toEqual([{ field: "pause_until", why: "somebody has paused it" }]);
    expect((await info()).paused).toBe(true);
    await nats.jsm.consumers.resume(workStream.name, bulkConsumer.config.durable_name);
  });

  it("that are gone are told; their service makes them as it claims", async () => {
    await nats.jsm.consumers.delete(workStream.name, bulkConsumer.config.durable_name);
    expect(await keepConsumers(asService("fetcher"), [bulkConsumer])).toMatchObject([{ differences: null }]);
  });
});
