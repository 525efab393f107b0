import type { FaultEffect } from "@millrace/gmail-simulator/faults/fault-rule";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { type AttemptHistory, noHistory } from "@millrace/shared/events/attempt";
import { createGmailProvider } from "@millrace/shared/providers/gmail/create-gmail-provider";
import { turnsMax } from "@millrace/shared/providers/in-turn";
import type { ProviderSession } from "@millrace/shared/providers/mail-provider";
import { memoryTokenVault } from "@millrace/shared/providers/testing/memory-token-vault";
import { decideAttempt } from "@millrace/shared/runtime/decide-attempt";
import { givenContext } from "@millrace/shared/testing/memory-log";
import { silentLogger } from "@millrace/shared/testing/silent-logger";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { countOf, gotFurther } from "./fetch-report.ts";
import { storeChunk } from "./store-chunk.ts";
import { givenChunk } from "./testing/given.ts";
import { memoryClaims } from "./testing/memory-claims.ts";
import { memoryStore, noAttachments } from "./testing/memory-mail.ts";

// A chunk alone in its sync: nothing else that is answered tells that the server is there.

const email = "ann@example.com";
const size = 90;
const status: FaultEffect = { kind: "status", status: 503 };

let simulator: GmailSimulator;
let provider: ReturnType<typeof createGmailProvider>;
let session: ProviderSession;
let ids: readonly string[];

beforeAll(async () => {
  simulator = await startGmailSimulator({ mailboxes: [{ email, generate: size + 30 }], quotas: "off" });
});
afterAll(() => simulator?.close());
beforeEach(async () => {
  provider = createGmailProvider({
    vault: memoryTokenVault(),
    rootUrl: simulator.rootUrl,
    tokenUrl: simulator.tokenUrl,
    clientId: "client",
    clientSecret: "secret",
  });
  session = provider.connect({ tenantId: "t", accountId: "a", email, refreshToken: `sim-refresh-${email}` });
  const page = await session.listPage({ idsMax: size });
  ids = page.ok ? page.value.ids : [];
  expect(ids).toHaveLength(size);
});
afterEach(async () => {
  provider.close();
  await simulator.control.clearFaults();
});

/** Attempts at one chunk, each with what the one before it hands on. */
function attempts() {
  const store = memoryStore();
  let history: AttemptHistory = noHistory;
  /** @returns how many of its messages are stored, how many were asked for, and in how many batches */
  return async (): Promise<{ readonly stored: number; readonly asked: number; readonly batches: number }> => {
    await simulator.control.resetCalls();
    const report = await storeChunk(
      { store, attachments: noAttachments, claims: memoryClaims(), flushBytesMax: 1024 ** 2 },
      session,
      givenChunk({ messageIds: [...ids], history }),
      { kind: "together" },
      givenContext({ log: silentLogger }),
    );
    const further = gotFurther({ ...report, credentialsVersion: 1 });
    const failed = { category: "transient", gotFurther: further } as const;
    ({ history } = decideAttempt(failed, history, { nowMs: 0, random: 0 }));
    const { calls } = await simulator.control.calls();
    const countAt = (wanted: string): number =>
      calls.reduce((sum, { endpoint, count }) => sum + (endpoint === wanted ? count : 0), 0);
    return {
      stored: countOf({ ...report, credentialsVersion: 1 }, "stored"),
      asked: countAt("messages.get"),
      batches: countAt("batch"),
    };
  };
}

/** Lets messages fail on and on. @returns heals one of them */
async function fail(messageIds: readonly string[], effect = status): Promise<(id: string) => Promise<void>> {
  const faults = new Map<string, number>();
  for (const messageId of messageIds)
    faults.set(messageId, await simulator.control.addFault({ match: { email, messageId }, effect }));
  return async (id) => simulator.control.clearFaults(faults.get(id));
}

describe("messages behind others that fail on and on", () => {
  const failing = 40;

  it.each([
    ["at the head", 0],
    ["in the middle", 17],
    ["at the end", failing - 3],
  ])("are stored by the attempt that comes next: three fail %s", async (_where, from) => {
    const attempt = attempts();
    const bad = ids.slice(0, failing);
    const heal = await fail(bad);
    for (let n = 0; n < 8; n++) expect((await attempt()).stored).toBe(size - failing);
    for (const id of bad) if (!bad.slice(from, from + 3).includes(id)) await heal(id);
    expect((await attempt()).stored).toBe(size - 3);
  });

  it("are stored within a few attempts, also the only one of forty, wherever it is", async () => {
    for (const healed of [4, 22, 39]) {
      const attempt = attempts();
      const bad = ids.slice(0, failing);
      const heal = await fail(bad);
      for (let n = 0; n < 5; n++) await attempt();
      await heal(bad[healed] as string);
      const stored: number[] = [];
      for (let n = 0; n < turnsMax; n++) stored.push((await attempt()).stored);
      expect(stored.at(-1)).toBe(size - failing + 1);
      await simulator.control.clearFaults();
    }
  });

  it("are stored within a few attempts, when each of the others breaks the connection", async () => {
    const attempt = attempts();
    await fail(ids.slice(0, 12), { kind: "reset" });
    let stored = 0;
    for (let n = 0; n < turnsMax && stored < size - 12; n++) ({ stored } = await attempt());
    expect(stored).toBe(size - 12);
  });

  it.each([4, 59, 89])(
    "are stored before any is set aside, when all but number %i break it",
    async (healthy) => {
      const attempt = attempts();
      await fail(
        ids.filter((_, n) => n !== healthy),
        { kind: "reset" },
      );
      let stored = 0;
      // 38 attempts that get nowhere set them aside.
      for (let n = 0; n < 37 && stored === 0; n++) ({ stored } = await attempt());
      expect(stored).toBe(1);
    },
  );
});

describe("a server that is away", () => {
  it.each([
    ["answers each message so", { match: { endpoint: "messages.get" }, effect: status }],
    ["refuses batches", { match: { endpoint: "batch" }, effect: status }],
    ["breaks connections", { match: { endpoint: "batch" }, effect: { kind: "reset" } }],
  ] as const)(
    "is asked for few messages an attempt, and for all once it is back: it %s",
    async (_how, rule) => {
      const attempt = attempts();
      await simulator.control.addFault(rule);
      expect((await attempt()).stored).toBe(0);
      for (let n = 0; n < 10; n++) {
        const { asked, batches } = await attempt();
        expect(asked).toBeLessThanOrEqual(Math.ceil(size / turnsMax));
        expect(batches).toBeLessThanOrEqual(3);
      }
      await simulator.control.clearFaults();
      expect((await attempt()).stored).toBe(size);
    },
  );
});
