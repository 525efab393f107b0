import { afterEach, expect, test } from "vitest";
import { type AnsweringApi, startAnsweringApi } from "../testing/answering-api.ts";

let api: AnsweringApi | undefined;
afterEach(() => api?.close());

const serve = async (...args: Parameters<typeof startAnsweringApi>): Promise<AnsweringApi> => {
  api = await startAnsweringApi(...args);
  return api;
};

const answer = { syncId: "syn_1", status: "paused", retryOf: null, redriven: null, links: {} };

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

test("retry says what it came to", async () => {
  const anew = await serve(() => [202, { ...answer, syncId: "syn_2", retryOf: "syn_1" }]);
  const { stdout } = await anew.millrace("retry", "syn_1");
  expect(stdout).toBe("syn_2 takes the place of syn_1; millrace watch syn_2\n");
  anew.close();
  const redriving = await serve(() => [202, { ...answer, redriven: 1234 }]);
  const ran = await redriving.millrace("retry", "--json", "syn_1");
  expect(JSON.parse(ran.stdout)).toMatchObject({ redriven: 1234 });
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
