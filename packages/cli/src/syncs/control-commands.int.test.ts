import { afterEach, expect, test } from "vitest";
import { type AnsweringApi, startAnsweringApi } from "../testing/answering-api.ts";
import { syncWith } from "../testing/sync-with.ts";

let api: AnsweringApi | undefined;
afterEach(() => api?.close());

const serve = async (...args: Parameters<typeof startAnsweringApi>): Promise<AnsweringApi> => {
  api = await startAnsweringApi(...args);
  return api;
};

const answer = { syncId: "syn_1", status: "paused", retryOf: null, redriven: null, version: null, links: {} };

test.each(["pause", "resume", "cancel", "retry"] as const)("%s asks the API for it", async (action) => {
  const { millrace, asked } = await serve(() => [202, answer]);
  expect(await millrace(action, "syn_1")).toEqual({ code: 0, stdout: "syn_1 is paused\n", stderr: "" });
  expect(asked).toEqual([{ method: "POST", path: `/v1/syncs/syn_1/${action}`, body: undefined }]);
});

test("a mailbox's address stands for the sync that it has under way, or had last", async () => {
  const account = { id: "acc_1", email: "ann@example.com", activeSyncId: null as string | null };
  const { millrace, asked } = await serve(({ path }) => {
    if (path.startsWith("/v1/accounts")) return [200, { items: [account], nextCursor: null }];
    if (path.startsWith("/v1/syncs?")) return [200, { items: [{ id: "syn_last" }], nextCursor: null }];
    return [202, answer];
  });
  await millrace("retry", "ann@example.com");
  expect(asked.map(({ path }) => path)).toEqual([
    "/v1/accounts?email=ann%40example.com&limit=1",
    "/v1/syncs?accountId=acc_1&limit=1",
    "/v1/syncs/syn_last/retry",
  ]);
  account.activeSyncId = "syn_active";
  await millrace("pause", "ann@example.com");
  expect(asked.at(-1)?.path).toBe("/v1/syncs/syn_active/pause");
});

test("an address that is not connected says which one may be meant", async () => {
  const { millrace } = await serve(({ path }) => {
    const isSearch = path.includes("email=");
    return [200, { items: isSearch ? [] : [{ id: "acc_1", email: "Ann@example.com" }], nextCursor: null }];
  });
  const misspelt = await millrace("pause", "ann@exmaple.com");
  expect([misspelt.code, misspelt.stdout]).toEqual([2, ""]);
  expect(misspelt.stderr).toBe("No mailbox ann@exmaple.com is connected. Did you mean Ann@example.com?\n");
  expect((await millrace("pause", "bob@example.com")).stderr).toContain("`millrace connect bob@example.com`");
});

test("the first part of an address says which one may be meant", async () => {
  const { millrace } = await serve(({ path }) =>
    path.startsWith("/v1/syncs/")
      ? [404, { code: "not_found", title: "No", detail: "no such sync" }]
      : [200, { items: [{ id: "acc_1", email: "ann@example.com" }], nextCursor: null }],
  );
  expect((await millrace("status", "ann")).stderr).toBe(
    'There is no mailbox and no sync "ann". Did you mean ann@example.com?\n',
  );
});

test.each([
  [
    "retry",
    "running",
    / and goes on: its outstanding work does not wait any longer, nothing else was done\n$/,
  ],
  ["retry", "queued", / begins by itself when its turn comes: nothing was done\n$/],
  ["resume", "running", /^syn_1 is running\n$/],
])("%s of a sync that is %s says what that came to", async (control, status, text) => {
  const { millrace } = await serve(() => [202, { ...answer, status }]);
  expect((await millrace(control, "syn_1")).stdout).toMatch(text);
});

test("retry says what it came to", async () => {
  const anew = await serve(() => [202, { ...answer, syncId: "syn_2", retryOf: "syn_1" }]);
  const { stdout } = await anew.millrace("retry", "syn_1");
  expect(stdout).toBe("syn_2 takes the place of syn_1; `millrace watch syn_2` shows it\n");
  anew.close();
  const redriving = await serve(() => [202, { ...answer, redriven: 1234 }]);
  const ran = await redriving.millrace("retry", "--json", "syn_1");
  expect(JSON.parse(ran.stdout)).toMatchObject({ redriven: 1234 });
});

const eventOf = (version: string, progress: object, status: "partial" | "completed") =>
  `event: sync\nid: ${version}\ndata: ${JSON.stringify(
    syncWith({ listed: 5, settled: 5, listingComplete: true, ...progress }, { id: "syn_1", version, status }),
  )}\n\n`;

test("retry --watch does not end with the state from before, but when no dead letter is tried again any more", async () => {
  const stream =
    eventOf("1-19", { deadLettered: 2 }, "partial") +
    eventOf("1-20", { deadLettered: 2, redriving: 2 }, "partial") +
    eventOf("1-21", { deadLettered: 1, redriving: 1 }, "partial") +
    eventOf("1-22", {}, "completed");
  const now = { listed: 5, settled: 5, listingComplete: true, deadLettered: 2, redriving: 2 };
  const { millrace, asked } = await serve(({ method, path }) => {
    if (method === "POST") return [202, { ...answer, status: "partial", redriven: 2, version: "1-20" }];
    if (path.endsWith("/stream")) return [200, stream];
    return [200, syncWith(now, { id: "syn_1", status: "partial", version: "1-20" })];
  });
  const ran = await millrace("retry", "syn_1", "--watch");
  expect(ran.code).toBe(0);
  expect(ran.stdout.split("\n").slice(0, 2)).toEqual([
    "syn_1: 2 dead letters are tried again",
    "5 of 5 (100 %), completed",
  ]);
  expect(asked.at(-1)).toMatchObject({ path: "/v1/syncs/syn_1/stream", lastEventId: "1-20" });
  const json = await millrace("retry", "syn_1", "--watch", "--json");
  expect(JSON.parse(json.stdout)).toMatchObject({ status: "completed", version: "1-22" });
});

test("retry --watch follows the sync that takes the place of one that failed; what cannot be watched has no --watch", async () => {
  const { millrace, asked } = await serve(({ method }) =>
    method === "POST"
      ? [202, { ...answer, syncId: "syn_2", retryOf: "syn_1" }]
      : [200, eventOf("1-22", {}, "completed")],
  );
  expect((await millrace("retry", "syn_1", "--watch")).code).toBe(0);
  expect(asked.at(-1)?.path).toBe("/v1/syncs/syn_2/stream");
  expect((await millrace("pause", "syn_1", "--watch")).stderr).toContain("--watch");
});

test("a refusal is exit 2, in the API's words", async () => {
  const problem = { code: "sync_ended", title: "The sync has ended", detail: "It has completed." };
  const { millrace } = await serve(() => [409, problem]);
  expect(await millrace("pause", "syn_1")).toEqual({
    code: 2,
    stdout: "",
    stderr: "409 The sync has ended: It has completed.\n",
  });
});

test("what the API says of its addresses is said of commands here", async () => {
  const { millrace, close } = await serve(() => [
    404,
    {
      code: "not_found",
      title: "No",
      detail: "This key's tenant has no such sync; GET /v1/syncs lists what there is.",
    },
  ]);
  expect((await millrace("pause", "syn_1")).stderr).toContain(
    "no such sync; `millrace syncs ls` lists what there is.",
  );
  close();
  const ended = {
    code: "sync_ended",
    title: "No",
    detail: "It has completed; ask for a new sync to look again.",
  };
  const { millrace: again } = await serve(() => [409, ended]);
  expect((await again("retry", "syn_1")).stderr).toContain("`millrace sync ACCOUNT --watch`");
});

test("an answer that is not Millrace's, or none, says what to look at", async () => {
  for (const page of [
    [200, "<html>"],
    [404, "<html>"],
  ] as [number, string][]) {
    const { millrace, close } = await serve(() => page);
    expect(await millrace("pause", "syn_1")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Is MILLRACE_URL right?"),
    });
    close();
  }
  const { millrace, close } = await serve(() => [202, answer]);
  close();
  expect((await millrace("pause", "syn_1")).stderr).toMatch(
    /^Nobody answers at http:.* \(ECONNREFUSED\)\.\nIs Millrace running/,
  );
});

test("a key that is not known, or may not do it, says which variable it stands in", async () => {
  for (const [status, code, words] of [
    [401, "unauthenticated", "The key of MILLRACE_KEY is not known at http"],
    [403, "forbidden", "MILLRACE_KEY is a key that may not do this"],
  ] as const) {
    const { millrace, close } = await serve(() => [status, { code, title: "No", detail: "It is refused." }]);
    expect(await millrace("pause", "syn_1")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(words),
    });
    close();
  }
});

test.each([
  [
    "reauth_required",
    "The provider refuses the mailbox: the sync waits until `millrace connect ann@example.com`",
  ],
  ["connected", ""],
])("a sync of a mailbox that is %s says what it waits for", async (status, words) => {
  const { millrace } = await serve(({ method }) =>
    method === "POST"
      ? [202, { syncId: "syn_1", status: "requested" }]
      : [200, { items: [{ id: "acc_1", email: "ann@example.com", status }], nextCursor: null }],
  );
  const { code, stdout, stderr } = await millrace("sync", "ann@example.com");
  expect([code, stdout]).toEqual([0, expect.stringContaining("syn_1 is asked for")]);
  expect(stderr.slice(0, words.length + 1).trimEnd()).toBe(words);
});

test.each([
  ["watch", "syn_1"],
  ["sync", "acc_1", "--watch"],
  ["retry", "syn_1"],
])("%s is shown for --timeout at most, and says how it stands then", async (...args) => {
  const waiting = syncWith({ settled: 3, listed: 10 }, { id: "syn_1", status: "paused", version: "1-7" });
  const { millrace } = await serve(({ method, path }) => {
    if (method === "POST") return [202, { ...answer, status: "running" }];
    if (path.startsWith("/v1/accounts"))
      return [200, { id: "acc_1", email: "a@b.test", status: "connected" }];
    return path.endsWith("/stream")
      ? [200, `retry: 50\n\nevent: sync\nid: 1-7\ndata: ${JSON.stringify(waiting)}\n\n`]
      : [200, waiting];
  });
  const began = Date.now();
  const { code, stdout, stderr } = await millrace(...args, "--timeout", "1", "--json");
  expect(Date.now() - began).toBeLessThan(10_000);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ id: "syn_1", status: "paused" });
  expect(stderr).toContain(
    "It has not ended after 1 s. The sync goes on; `millrace watch syn_1` shows it again.",
  );
});
