import { afterEach, expect, test } from "vitest";
import { type AnsweringApi, startAnsweringApi } from "../testing/answering-api.ts";

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
const paged = () => serve((_, n) => [200, { items: [letter(n)], nextCursor: n === 1 ? "next" : null }]);

test.each([[["ls"]], [["list"]], [[]]])(
  "are listed page by page, narrowed as asked for: dead-letters %j",
  async (words) => {
    const { millrace, asked } = await paged();
    const { code, stdout } = await millrace(
      "dead-letters",
      ...words,
      "--sync",
      "syn_1",
      "--state",
      "redriving",
    );
    expect(code).toBe(0);
    expect(stdout.split("\n")[0]).toBe(
      "dl_1  open  bad_item, attempt 2  syn_1  message m1  cannot be stored",
    );
    expect(asked.map(({ path }) => path)).toEqual([
      "/v1/dead-letters?limit=200&syncId=syn_1&state=redriving",
      "/v1/dead-letters?limit=200&syncId=syn_1&state=redriving&cursor=next",
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
  const { millrace, asked } = await serve(({ path }) => [
    200,
    path.endsWith("/raw") ? "From: \u00e9\r\n" : letter(1),
  ]);
  const { code, stdout } = await millrace("dead-letters", "show", "dl_1");
  expect(code).toBe(0);
  expect(stdout).toContain("cannot be stored");
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
