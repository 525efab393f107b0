import { afterEach, expect, test } from "vitest";
import { type AnsweringApi, startAnsweringApi } from "../testing/answering-api.ts";
import { syncWith } from "../testing/sync-with.ts";

let api: AnsweringApi | undefined;
afterEach(() => api?.close());

const serve = async (...args: Parameters<typeof startAnsweringApi>): Promise<AnsweringApi> => {
  api = await startAnsweringApi(...args);
  return api;
};

const letter = (n: number) => ({
  id: `dl_${n}`,
  accountId: "acc_1",
  syncId: "syn_1",
  chunkIndex: 4,
  providerId: `m${n}`,
  category: "bad_item",
  error: "cannot\nbe stored",
  attempts: 2,
  state: "open",
  outcome: null,
  hasRaw: true,
  createdAt: "2026-01-01T00:00:00Z",
  updatedAt: "2026-01-01T00:00:00Z",
});
const paged = () =>
  serve(({ path }, n) =>
    path.startsWith("/v1/accounts/")
      ? [200, { id: "acc_1", email: "ann@example.com" }]
      : [200, { items: [letter(n)], nextCursor: n === 1 ? "next" : null }],
  );
const words = (line = "") => line.split(/ {2,}/);

test.each([[["ls"]], [["list"]], [[]]])(
  "are listed page by page, narrowed as asked for: dead-letters %j",
  async (names) => {
    const { millrace, asked } = await paged();
    const { code, stdout } = await millrace(
      "dead-letters",
      ...names,
      "--sync",
      "syn_1",
      "--state",
      "redriving",
    );
    expect(code).toBe(0);
    const [head, first, second] = stdout.split("\n").map(words);
    expect(head).toEqual([
      ...["DEAD LETTER", "MAILBOX", "STATE", "SET ASIDE", "REASON", "SYNC", "MESSAGE", "ERROR"],
    ]);
    const rest = ["bad_item, attempt 2", "syn_1", "m1", "cannot be stored"];
    expect(first).toEqual(["dl_1", "ann@example.com", "open", "2026-01-01", ...rest]);
    expect(second?.slice(0, 2)).toEqual(["dl_2", "ann@example.com"]);
    expect(asked.map(({ path }) => path)).toEqual([
      "/v1/dead-letters?limit=200&syncId=syn_1&state=redriving",
      "/v1/dead-letters?limit=200&syncId=syn_1&state=redriving&cursor=next",
      "/v1/accounts/acc_1",
    ]);
  },
);

test("--json prints them as one line", async () => {
  const { millrace } = await paged();
  const { stdout } = await millrace("dead-letters", "ls", "--json");
  expect(JSON.parse(stdout).items).toHaveLength(2);
  expect(stdout.trimEnd()).not.toContain("\n");
});

test("one is shown with its reason and what to do, and its bytes as they are", async () => {
  const { millrace, asked } = await serve(({ path }) => {
    if (path.endsWith("/raw")) return [200, "From: \u00e9\r\n"];
    return [200, path.startsWith("/v1/accounts/") ? { id: "acc_1", email: "ann@example.com" } : letter(1)];
  });
  const { code, stdout } = await millrace("dead-letters", "show", "dl_1");
  expect(code).toBe(0);
  expect(stdout).toContain("cannot be stored");
  expect(stdout).toMatch(/mailbox +ann@example\.com/);
  expect(stdout).toContain("`millrace dead-letters redrive dl_1` tries it again");
  const raw = await millrace("dead-letters", "show", "dl_1", "--raw");
  expect(Buffer.from(raw.stdout, "latin1").toString("utf8")).toBe("From: \u00e9\r\n");
  expect(asked.at(-1)?.path).toBe("/v1/dead-letters/dl_1/raw");
});

test.each([
  [["dl_1", "dl_2"], { ids: ["dl_1", "dl_2"] }],
  [["--account", "acc_1", "--category", "unknown"], { accountId: "acc_1", category: "unknown" }],
  [["--all"], { all: true }],
])("redrive %j", async (args, body) => {
  const { millrace, asked } = await serve(() => [202, { redriven: 3 }]);
  const { code, stdout } = await millrace("dead-letters", "redrive", ...args);
  expect([code, stdout]).toEqual([0, "3 dead letters are tried again\n"]);
  expect(asked).toEqual([{ method: "POST", path: "/v1/dead-letters/redrive", body }]);
});

test("a redrive of letters that are settled, or not there, says so and is exit 1", async () => {
  const { millrace } = await serve(() => [202, { redriven: 1 }]);
  const { code, stdout } = await millrace("dead-letters", "redrive", "dl_1", "dl_2", "dl_1");
  expect(code).toBe(1);
  expect(stdout).toBe("1 dead letter is tried again; 1 of those named are settled, or not there\n");
});

test("a redrive of one sync's letters says how to see what comes of it, and shows it with --watch", async () => {
  const sync = { listed: 5, settled: 5, listingComplete: true };
  const event = (version: string, progress: object, status: string) =>
    `event: sync\nid: ${version}\ndata: ${JSON.stringify(syncWith({ ...sync, ...progress }, { id: "syn_1", version, status: status as "partial" }))}\n\n`;
  const stream =
    event("1-19", { deadLettered: 2 }, "partial") +
    event("1-21", { deadLettered: 1, redriving: 1 }, "partial") +
    event("1-22", {}, "completed");
  const { millrace, asked } = await serve(({ method, path }) => {
    if (method === "POST") return [202, { redriven: 2, syncId: "syn_1", version: "1-20" }];
    if (path.endsWith("/stream")) return [200, stream];
    return [200, syncWith({ ...sync, deadLettered: 2, redriving: 2 }, { id: "syn_1", status: "partial" })];
  });
  expect((await millrace("dead-letters", "redrive", "dl_1", "dl_2")).stdout).toBe(
    "2 dead letters are tried again; `millrace watch syn_1` shows it\n",
  );
  const { code, stdout } = await millrace("dead-letters", "redrive", "--sync", "syn_1", "--watch");
  expect([code, stdout.split("\n").slice(0, 2)]).toEqual([
    0,
    ["2 dead letters are tried again", "5 of 5 (100 %), completed"],
  ]);
  expect(asked.at(-1)).toMatchObject({ path: "/v1/syncs/syn_1/stream", lastEventId: "1-20" });
});

test("a redrive of nothing in particular, or of all and something, is refused; so is an unknown category", async () => {
  const { millrace, asked } = await serve(() => [202, { redriven: 3 }]);
  for (const args of [[], ["--all", "dl_1"], ["--all", "--sync", "s"], ["--category", "bad"]]) {
    expect((await millrace("dead-letters", "redrive", ...args)).code).toBe(2);
  }
  expect(asked).toEqual([]);
});

test("are discarded one by one", async () => {
  const { millrace, asked } = await serve(() => [204]);
  const { code, stdout } = await millrace("dead-letters", "discard", "dl_1", "dl_2");
  expect([code, stdout]).toEqual([0, "2 discarded\n"]);
  expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "DELETE /v1/dead-letters/dl_1",
    "DELETE /v1/dead-letters/dl_2",
  ]);
});
