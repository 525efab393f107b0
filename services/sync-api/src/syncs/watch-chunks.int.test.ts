import { type ActiveSync, idleCourse } from "@millrace/shared/events/account-course";
import { type ChunkProgress, noProgress, settleChunk } from "@millrace/shared/events/chunk-progress";
import { endSync, startSync } from "@millrace/shared/events/evolve-course";
import type { Fact, FactOf } from "@millrace/shared/events/facts";
import { newSyncId } from "@millrace/shared/events/identifiers";
import { emptyLedger } from "@millrace/shared/events/ledger";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { applyFacts } from "../testing/apply-facts.ts";
import { addAccount } from "../testing/fill-views.ts";
import { type OpenedStream, openStream } from "../testing/open-stream.ts";
import { startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";

const windowChunks = 3;
const at = "2026-01-01T00:00:00.000Z";

let api: TestApi;
let tenant: TestTenant;
let ref: { tenantId: string; accountId: string };
let syncId: string;
let sync: ActiveSync;
let progress: ChunkProgress;
const streams: OpenedStream[] = [];

beforeAll(async () => {
  api = await startTestApi({ streamLimits: { heartbeatMs: 200, stalledHeartbeatsMax: 100 } });
});
beforeEach(async () => {
  tenant = await api.addTenant();
  ref = { tenantId: tenant.tenantId, accountId: await addAccount(api.pool, tenant.tenantId) };
  syncId = newSyncId(ref);
  progress = noProgress;
  sync = {
    syncId,
    mode: "full",
    requestedMode: "full",
    scope: {},
    chunkSize: 10,
    windowChunks,
    content: "full",
    startedAt: at,
    run: 0,
    plan: ["listing"],
    since: null,
    round: 0,
    joined: 0,
    pausedMs: 0,
  };
});
afterAll(async () => {
  for (const stream of streams) stream.leave();
  await api?.stop();
});

const apply = (...facts: Fact[]) => applyFacts(api, ref, facts);

const started = (): Fact => ({
  type: "sync.started",
  syncId,
  sync,
  request: { syncId, mode: "full", trigger: "api", requestedAt: at },
  course: startSync(idleCourse, sync),
});

const page = (pageNumber: number, chunkCount: number, firstChunk: number): Fact => ({
  type: "page.listed",
  syncId,
  pageNumber,
  messageIds: Array.from({ length: chunkCount * 10 }, (_, i) => `m${firstChunk * 10 + i}`),
  nextPageToken: "more",
  firstChunk,
  chunkCount,
  chunkSize: 10,
  listedBefore: firstChunk * 10,
  estimatedTotal: null,
  baseline: null,
  stage: "listing",
  round: 0,
  since: null,
  watermark: null,
  joined: 0,
  hadCopy: false,
  mark: "",
  changes: null,
});

const mail: FactOf<"chunk.fetched">["mail"] = { added: [], changed: [], deleted: [] };

function settled(chunkIndex: number, deadLettered = 0): Fact {
  const ledger = { ...emptyLedger, listed: 10, stored: 10 - deadLettered, deadLettered };
  progress = settleChunk(progress, chunkIndex, ledger) ?? progress;
  const chunk = {
    syncId,
    chunkIndex,
    pageNumber: 0,
    lane: "bulk",
    ledger,
    attempt: 1,
    letters: Array.from({ length: deadLettered }, (_, i) => ({
      ordinal: i,
      messageId: `m${chunkIndex * 10 + i}`,
      category: "bad_item" as const,
      message: "x",
    })),
    mail,
    progress,
  } as const;
  return deadLettered === 10
    ? { type: "chunk.dead_lettered", ...chunk, category: "crash_loop", message: "x" }
    : { type: "chunk.fetched", ...chunk };
}

const failed = (chunkIndex: number): FactOf<"chunk.attempt_failed"> => ({
  type: "chunk.attempt_failed",
  syncId,
  chunkIndex,
  category: "transient",
  message: "503",
  attempt: 1,
  next: "retry",
  nextAt: at,
  settled: 0,
  open: 10,
  isRedrive: false,
});

const cancelled = (): Fact => ({
  type: "sync.cancelled",
  syncId,
  request: null,
  course: endSync(startSync(idleCourse, sync), syncId),
});

async function watch(lastEventId?: string, headers: Record<string, string> = tenant.headers) {
  const stream = await openStream(`${api.url}/v1/syncs/${syncId}/chunks/stream`, {
    ...headers,
    ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
  });
  streams.push(stream);
  return stream;
}

/** What a client makes of a stream's events. */
function gridOf(stream: Pick<OpenedStream, "events">, before = ""): string {
  let grid = [...before];
  for (const { event, data } of stream.events) {
    if (event !== "chunks") continue;
    const { states, changed = [] } = JSON.parse(data) as {
      states?: string;
      changed?: [number, string][];
    };
    if (states !== undefined) grid = [...states];
    for (const [index, letter] of changed) grid[index] = letter;
  }
  return grid.join("");
}

/** As GET …/chunks has it. */
async function gridShown(): Promise<string> {
  const answer = await api.app.inject({
    url: `/v1/syncs/${syncId}/chunks?limit=500`,
    headers: tenant.headers,
  });
  const letters = { listed: "l", outstanding: "o", settled: "s", dead_lettered: "d" } as const;
  const items = answer.json().items as { state: keyof typeof letters; lastFault: object | null }[];
  return items
    .map(({ state, lastFault }) => (state === "outstanding" && lastFault !== null ? "f" : letters[state]))
    .join("");
}

const shows = (stream: OpenedStream, grid: string, before = "") =>
  expect.poll(() => gridOf(stream, before), { timeout: 5_000 }).toBe(grid);

describe("the stream of a sync's chunks", () => {
  test("begins with all states, tells what changes, what the window reaches and what is listed, and ends with the sync", async () => {
    const seq = await apply(started(), page(0, 5, 0), settled(1), failed(0));
    const stream = await watch();
    await stream.waitFor(1);
    expect(stream.headers.get("content-type")).toMatch(/^text\/event-stream/);
    expect(stream.events[0]).toMatchObject({ event: "chunks", id: `1-${seq}` });
    expect(JSON.parse(stream.events[0]?.data ?? "")).toEqual({
      version: `1-${seq}`,
      from: 0,
      states: "fsool",
    });
    await apply(settled(0));
    await shows(stream, "ssooo");
    await apply(page(1, 2, 5));
    await shows(stream, "ssoooll");
    await apply(settled(2), settled(3, 10), failed(5));
    await shows(stream, "sssdofo");
    expect(await gridShown()).toBe("sssdofo");
    await apply(cancelled());
    await stream.closed;
    expect(gridOf(stream)).toBe("sssdlll");
    expect(await gridShown()).toBe("sssdlll");
    const last = stream.events.at(-1);
    expect(last?.event).toBe("end");
    expect(JSON.parse(last?.data ?? "")).toEqual({ syncId, status: "cancelled" });
    expect(stream.events.filter(({ data }) => data.includes("states"))).toHaveLength(2);
  });

  test("resumed, tells only what is newer, whatever happened meanwhile", async () => {
    await apply(started(), page(0, 6, 0));
    const first = await watch();
    await first.waitFor(1);
    first.leave();
    const [seen] = first.events;
    expect(gridOf(first)).toBe("ooolll");
    await apply(settled(0));
    await apply(settled(2), failed(1));
    const second = await watch(seen?.id);
    await second.waitFor(1);
    expect(second.events[0]?.data).not.toContain("states");
    expect(gridOf(second, gridOf(first))).toBe("sfsool");
    const third = await watch(second.events[0]?.id);
    await expect.poll(() => third.comments.length).toBeGreaterThan(0);
    expect(third.events).toEqual([]);
    await apply(settled(1));
    await third.waitFor(1);
    expect(gridOf(third, gridOf(second, gridOf(first)))).toBe("sssooo");
  });

  test("of one that has ended tells what is left, and its end", async () => {
    await apply(started(), page(0, 2, 0), settled(0), cancelled());
    const stream = await watch();
    await stream.closed;
    expect(gridOf(stream)).toBe("sl");
    expect(stream.events.map(({ event }) => event)).toEqual(["chunks", "end"]);
  });

  test("begins anew after a version that this database never held, and where too much has happened", async () => {
    await apply(started(), page(0, 600, 0));
    const far = await watch("9-5");
    await far.waitFor(1);
    expect(gridOf(far)).toHaveLength(600);
    const { id } = far.events[0] ?? {};
    for (let first = 0; first < 510; first += 102)
      await apply(...Array.from({ length: 102 }, (_, i) => settled(first + i)));
    const late = await watch(id);
    await late.waitFor(1);
    expect(late.events[0]?.data).toContain("states");
    expect(gridOf(late)).toBe(`${"s".repeat(510)}ooo${"l".repeat(87)}`);
  });

  test("of a sync that was only requested begins empty, and goes on when it starts", async () => {
    const asked = await api.app.inject({
      method: "POST",
      url: "/v1/syncs",
      headers: tenant.headers,
      payload: { accountId: ref.accountId },
    });
    ({ syncId } = asked.json());
    sync = { ...sync, syncId };
    const stream = await watch();
    await stream.waitFor(1);
    expect(JSON.parse(stream.events[0]?.data ?? "")).toEqual({ version: "0-0", from: 0, states: "" });
    await apply(started(), page(0, 2, 0));
    await shows(stream, "oo");
  });

  test("whatever happens in whatever order, watched or resumed, shows what the list of chunks shows", async () => {
    await apply(started(), page(0, 8, 0), page(1, 8, 8));
    const whole = await watch();
    const open = Array.from({ length: 16 }, (_, i) => i);
    let resumed = "";
    let lastEventId: string | undefined;
    let chance = 7;
    while (open.length > 0) {
      chance = (chance * 1_103_515_245 + 12_345) % 2 ** 31;
      const [index = 0] = open.splice((chance >> 8) % Math.min(open.length, 4), 1);
      await apply(failed(index));
      const stream = await watch(lastEventId);
      await stream.waitFor(1);
      await apply(settled(index, chance % 5 === 0 ? 10 : 0));
      await stream.waitFor(2);
      stream.leave();
      resumed = gridOf(stream, resumed);
      lastEventId = stream.events.at(-1)?.id;
      expect(resumed).toBe(await gridShown());
    }
    await shows(whole, resumed);
  });

  test("opens with a page's token of this sync and of the tenant, and not with another sync's", async () => {
    await apply(started(), page(0, 2, 0));
    const other = { ...sync, syncId: newSyncId(ref) };
    await apply({ ...started(), syncId: other.syncId, sync: other } as Fact);
    const tokenFor = async (payload: object): Promise<string> =>
      (
        await api.app.inject({
          method: "POST",
          url: "/v1/browser-tokens",
          headers: tenant.headers,
          payload,
        })
      ).json().token;
    for (const [payload, status] of [
      [{}, 200],
      [{ syncId }, 200],
      [{ syncId: other.syncId }, 403],
    ] as const) {
      const token = await tokenFor(payload);
      const stream = await watch(undefined, { authorization: `Bearer ${token}` });
      expect(stream.status).toBe(status);
      const byQuery = await openStream(
        `${api.url}/v1/syncs/${syncId}/chunks/stream?access_token=${token}`,
        {},
      );
      streams.push(byQuery);
      expect(byQuery.status).toBe(status);
    }
  });

  test("is 404 for another tenant, and for a sync that nobody knows", async () => {
    await apply(started());
    const other = await api.addTenant();
    expect((await watch(undefined, other.headers)).status).toBe(404);
    syncId = newSyncId(ref);
    expect((await watch()).status).toBe(404);
  });
});
