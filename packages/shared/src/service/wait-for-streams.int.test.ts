import { startTestNats, type TestNats } from "@millrace/infra/testing/test-nats";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectNats, type Nats } from "../nats/connect-nats.ts";
import { ensureTopology, TopologyMismatchError } from "../nats/ensure-topology.ts";
import { serviceRights } from "../nats/service-rights.ts";
import { silentLogger } from "../testing/silent-logger.ts";
import { waitForStreams } from "./wait-for-streams.ts";

const size = { replicas: 1, logMebibytes: 64, claimMs: 30_000 };
const larger = { ...size, logMebibytes: 128 };
const running = new AbortController().signal;

let server: TestNats;
let janitor: Nats;
let chunker: Nats;
beforeAll(async () => {
  server = await startTestNats();
  janitor = await connectNats(server.url, "janitor", silentLogger, size, serviceRights.janitor);
  chunker = await connectNats(server.url, "chunker", silentLogger, size, serviceRights.chunker);
  await ensureTopology(janitor);
});
afterAll(async () => {
  await Promise.all([janitor, chunker].map(({ connection }) => connection.close()));
  await server?.stop();
});

it("a service that starts with another size of the log before the janitor does waits for it", async () => {
  const waiting = waitForStreams({ ...chunker, size: larger }, silentLogger, running);
  await ensureTopology({ ...janitor, size: larger });
  await waiting;
  const { config } = await chunker.jsm.streams.info("EVENTS");
  expect(config.max_bytes).toBe(128 * 1024 ** 2);
});

it("a service that waits in vain says which field is another one", async () => {
  const waiting = waitForStreams({ ...chunker, size }, silentLogger, running, 10);
  await expect(waiting).rejects.toThrow(TopologyMismatchError);
  await expect(waiting).rejects.toThrow(/"max_bytes" should be 67108864 but the server has 134217728/);
});
