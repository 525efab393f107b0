import {
  type ChunkState,
  type Millrace as Client,
  createMillrace,
  isNewer,
  type StreamState,
} from "@millrace/client";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";

const email = "watched@millrace.test";
const messages = 3_000;

let simulator: GmailSimulator;
let millrace: Millrace;
let client: Client;

beforeAll(async () => {
  simulator = await startGmailSimulator({ quotas: "off", seed: 5 });
  await simulator.control.createMailbox({ email, generate: messages });
  millrace = await startMillrace(simulator.url);
  client = createMillrace({ baseUrl: millrace.client.url, key: millrace.client.key });
});
afterAll(async () => {
  await millrace?.stop();
  await simulator?.close();
});

/** Everything that one can watch of a sync, noted as it comes. */
function watchAll(syncId: string, signal: AbortSignal) {
  const seen = { versions: [] as string[], settled: [] as number[], facts: [] as string[], interruptions: 0 };
  const chunks: ChunkState[] = [];
  const onState = ({ kind }: StreamState): void => {
    if (kind === "interrupted") seen.interruptions += 1;
  };
  const syncs = async () => {
    for await (const { version, progress } of client.watchSync(syncId, { onState })) {
      seen.versions.push(version);
      seen.settled.push(progress.settled);
    }
  };
  const grid = async () => {
    for await (const { states, changed } of client.watchChunks(syncId)) {
      if (states !== undefined) chunks.splice(0, chunks.length, ...(states as Iterable<ChunkState>));
      for (const [index, state] of changed ?? []) chunks[index] = state;
    }
  };
  const facts = async () => {
    for await (const { type, fact } of client.watchEvents({ syncId }, { signal }))
      seen.facts.push(type === "chunk.fetched" ? `${type} ${fact.chunkIndex}` : type);
  };
  return { seen, chunks, ended: Promise.all([syncs(), grid()]), following: facts().catch(() => {}) };
}

test("a sync that is watched from start to end while the API is killed twice is told whole, in order, and once", async () => {
  const account = await client.accounts.connect({
    provider: "gmail",
    email,
    credentials: { refreshToken: `sim-refresh-${email}` },
  });
  const stop = new AbortController();
  const { syncId } = await client.syncs.start({ accountId: account.id, mode: "full" });
  const { seen, chunks, ended, following } = watchAll(syncId, stop.signal);
  for (const share of [0.1, 0.4]) {
    await expect.poll(() => seen.settled.at(-1), { timeout: 60_000 }).toBeGreaterThan(messages * share);
    await millrace.services.get("sync-api")?.kill();
    await millrace.start("sync-api");
  }
  await ended;
  await expect.poll(() => seen.facts, { timeout: 30_000 }).toContain("sync.completed");
  stop.abort();
  await following;

  expect(seen.interruptions).toBeGreaterThanOrEqual(2);
  expect(seen.versions.every((version, i) => i === 0 || isNewer(version, seen.versions[i - 1] ?? ""))).toBe(
    true,
  );
  expect(seen.settled.every((settled, i) => i === 0 || settled >= (seen.settled[i - 1] ?? 0))).toBe(true);
  expect(seen.settled.at(-1)).toBe(messages);
  expect(chunks.join("")).toBe("s".repeat(messages / 100));
  const fetched = seen.facts.filter((fact) => fact.startsWith("chunk.fetched"));
  expect(new Set(fetched).size).toBe(fetched.length);
  expect(seen.facts.filter((fact) => fact === "sync.completed")).toHaveLength(1);
  const all: string[] = [];
  for await (const { type } of client.syncs.events(syncId)) all.push(type);
  expect(fetched).toHaveLength(all.filter((type) => type === "chunk.fetched").length);
});

test("the overview tells what is there", async () => {
  for await (const overview of client.watchOverview()) {
    expect(overview.accounts.connected).toBe(1);
    expect(overview.syncs.endedLastDay.completed).toBeGreaterThanOrEqual(1);
    break;
  }
  expect(await client.me()).toMatchObject({ kind: "tenant", tenantId: "demo" });
});
