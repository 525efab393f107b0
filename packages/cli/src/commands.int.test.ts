import { afterEach, describe, expect, test } from "vitest";
import { ApiError } from "./api-request.ts";
import { UsageError } from "./command.ts";
import { controlCommand } from "./control-command.ts";
import { deadLettersCommand } from "./dead-letters-command.ts";
import { type AnsweringApi, startAnsweringApi } from "./testing/answering-api.ts";
import { syncWith } from "./testing/sync-with.ts";
import { verifyCommand } from "./verify-command.ts";

let api: AnsweringApi | undefined;
afterEach(() => api?.close());

const serve = async (...args: Parameters<typeof startAnsweringApi>): Promise<AnsweringApi> => {
  api = await startAnsweringApi(...args);
  return api;
};

describe("verify", () => {
  const path = "/v1/accounts/acc_1/verifications/ver_1";
  const running = {
    id: "ver_1",
    accountId: "acc_1",
    status: "running",
    repair: false,
    listed: 500,
    stored: null as number | null,
    missing: null as number | null,
    extra: null as number | null,
    changed: null as number | null,
    examples: { missing: [] as string[], extra: [] as string[], changed: [] as string[] },
    repairSyncId: null as string | null,
    progress: { step: "listing", pages: 1 },
    failure: null as { category: string; message: string } | null,
  };
  const same = {
    ...running,
    status: "completed",
    listed: 1000,
    stored: 1000,
    missing: 0,
    extra: 0,
    changed: 0,
  };
  const differing = {
    ...same,
    missing: 7,
    changed: 1,
    examples: { missing: ["m1", "m2", "m3", "m4", "m5", "m6", "m7"], extra: [], changed: ["m9"] },
  };

  /** An API whose verification is first running, then as given. */
  const verifying = (ended: object, sync?: object) =>
    serve(({ method, path: asked }, n) => {
      if (method === "POST") return [202, { verificationId: "ver_1", links: { self: path } }];
      if (asked === path) return n < 4 ? [200, running] : [200, ended];
      return [200, `event: sync\nid: 1-1\ndata: ${JSON.stringify(sync)}\n\n`];
    });

  test("a store that holds what the mailbox holds is exit 0", async () => {
    const { context, stdout, asked } = await verifying(same);
    expect(await verifyCommand.run(["acc_1"], context)).toBe(0);
    expect(asked[0]).toEqual({ method: "POST", path: "/v1/accounts/acc_1/verify", body: { repair: false } });
    expect(stdout()).toContain("listing messages, 500 listed, 1 answers\n");
    expect(stdout()).toContain("The store holds what the mailbox holds.");
  });

  test("differences are shown with some ids and what to do, and are exit 1", async () => {
    const { context, stdout } = await verifying(differing);
    expect(await verifyCommand.run(["acc_1"], context)).toBe(1);
    expect(stdout()).toContain("  missing            7  m1 m2 m3 m4 m5 …\n");
    expect(stdout()).toContain("  changed            1  m9\n");
    expect(stdout()).toContain("8 messages differ; millrace verify acc_1 --repair takes in exactly these.");
  });

  test("a repair is watched to its end: completed is exit 0, anything else 1", async () => {
    for (const [status, code] of [
      ["completed", 0],
      ["partial", 1],
    ] as const) {
      const sync = syncWith({ settled: 8, listed: 8, listingComplete: true }, { id: "syn_r", status });
      const { context, stdout, asked, close } = await verifying(
        { ...differing, repairSyncId: "syn_r" },
        sync,
      );
      expect(await verifyCommand.run(["acc_1", "--repair"], context)).toBe(code);
      expect(asked[0]?.body).toEqual({ repair: true });
      expect(asked.at(-1)?.path).toBe("/v1/syncs/syn_r/stream");
      expect(stdout()).toContain("the sync syn_r takes in exactly these");
      expect(stdout()).toContain("The ledger balances");
      close();
    }
  });

  test("--json prints one line on standard output, whatever is shown meanwhile", async () => {
    const sync = syncWith({}, { id: "syn_r", status: "completed" });
    const { context, stdout, stderr } = await verifying({ ...differing, repairSyncId: "syn_r" }, sync);
    expect(await verifyCommand.run(["--json", "--repair", "acc_1"], context)).toBe(0);
    const lines = stdout().trimEnd().split("\n");
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      id: "ver_1",
      missing: 7,
      repairSync: { id: "syn_r" },
    });
    expect(stderr()).toContain("listing messages");
  });

  test("one that failed is exit 2 with its reason", async () => {
    const failure = { category: "consent_lost", message: "invalid_grant" };
    const { context, stdout } = await verifying({ ...running, status: "failed", failure });
    expect(await verifyCommand.run(["acc_1"], context)).toBe(2);
    expect(stdout()).toContain("The verification failed: consent_lost: invalid_grant");
  });

  test("an API that restarts meanwhile is waited for, a refusal is not", async () => {
    const { context } = await serve(({ method }, n) => {
      if (method === "POST") return [202, { links: { self: path } }];
      return n === 2 ? [503, { title: "away" }] : [200, same];
    });
    expect(await verifyCommand.run(["acc_1"], context)).toBe(0);
    api?.close();
    const refusing = await serve(() => [404, { title: "There is no such thing" }]);
    await expect(verifyCommand.run(["acc_1"], refusing.context)).rejects.toThrow(ApiError);
  });
});

describe("control", () => {
  const answer = { syncId: "syn_1", status: "paused", retryOf: null, redriven: null, links: {} };

  test.each(["pause", "resume", "cancel", "retry"] as const)("%s asks the API for it", async (action) => {
    const { context, stdout, asked } = await serve(() => [202, answer]);
    expect(await controlCommand(action).run(["syn_1"], context)).toBe(0);
    expect(asked).toEqual([{ method: "POST", path: `/v1/syncs/syn_1/${action}`, body: undefined }]);
    expect(stdout()).toBe("syn_1 is paused\n");
  });

  test("retry says what it came to", async () => {
    const anew = await serve(() => [202, { ...answer, syncId: "syn_2", retryOf: "syn_1" }]);
    await controlCommand("retry").run(["syn_1"], anew.context);
    expect(anew.stdout()).toBe("syn_2 takes the place of syn_1; millrace watch syn_2\n");
    anew.close();
    const redriving = await serve(() => [202, { ...answer, redriven: 1234 }]);
    await controlCommand("retry").run(["--json", "syn_1"], redriving.context);
    expect(JSON.parse(redriving.stdout())).toMatchObject({ redriven: 1234 });
  });

  test("a refusal is an error in the API's words", async () => {
    const { context } = await serve(() => [
      409,
      { title: "The sync has ended", detail: "It has completed." },
    ]);
    await expect(controlCommand("pause").run(["syn_1"], context)).rejects.toThrow(
      "409 The sync has ended: It has completed.",
    );
  });

  test("an answer that is not Millrace's, or none, says what to look at", async () => {
    for (const answer of [
      [200, "<html>"],
      [200, { hello: 1 }],
      [404, "<html>"],
    ] as [number, object | string][]) {
      const { context, close } = await serve(() => answer);
      await expect(controlCommand("pause").run(["syn_1"], context)).rejects.toThrow("Is MILLRACE_URL right?");
      close();
    }
    const { context } = await serve(() => [202, answer]);
    api?.close();
    await expect(controlCommand("pause").run(["syn_1"], context)).rejects.toThrow(
      /^Nobody answers at http:.* \(ECONNREFUSED\)\. Is Millrace running/,
    );
  });

  test("it needs one sync and knows its options", async () => {
    const { context } = await serve(() => [202, answer]);
    for (const args of [[], ["a", "b"], ["a", "--repair"]]) {
      await expect(controlCommand("pause").run(args, context)).rejects.toThrow(UsageError);
    }
  });
});

describe("dead letters", () => {
  const letter = (n: number) => ({
    id: `dl_${n}`,
    syncId: "syn_1",
    providerId: `m${n}`,
    category: "bad_item",
    error: "cannot\nbe stored",
    attempts: 2,
    state: "open",
  });

  test("are listed page by page, narrowed as asked for", async () => {
    const { context, stdout, asked } = await serve((_, n) => [
      200,
      { items: [letter(n)], nextCursor: n === 1 ? "next" : null },
    ]);
    expect(await deadLettersCommand.run(["--sync", "syn_1", "--state", "redriving"], context)).toBe(0);
    expect(stdout().split("\n")[0]).toBe(
      "dl_1  open  bad_item, attempt 2  syn_1  message m1  cannot be stored",
    );
    expect(asked.map(({ path }) => path)).toEqual([
      "/v1/dead-letters?limit=200&syncId=syn_1&state=redriving",
      "/v1/dead-letters?limit=200&syncId=syn_1&state=redriving&cursor=next",
    ]);
  });

  test("--json prints them as one line", async () => {
    const { context, stdout } = await serve((_, n) => [
      200,
      { items: [letter(n)], nextCursor: n === 1 ? "x" : null },
    ]);
    await deadLettersCommand.run(["list", "--json"], context);
    expect(JSON.parse(stdout()).items).toHaveLength(2);
    expect(stdout().trimEnd()).not.toContain("\n");
  });

  test.each([
    [["dl_1", "dl_2"], { ids: ["dl_1", "dl_2"] }],
    [["--account", "acc_1", "--category", "unknown"], { accountId: "acc_1", category: "unknown" }],
    [["--all"], { all: true }],
  ])("redrive %j", async (args, body) => {
    const { context, stdout, asked } = await serve(() => [202, { redriven: 3 }]);
    expect(await deadLettersCommand.run(["redrive", ...args], context)).toBe(0);
    expect(asked).toEqual([{ method: "POST", path: "/v1/dead-letters/redrive", body }]);
    expect(stdout()).toBe("3 dead letters are tried again\n");
  });

  test("a redrive of letters that are settled, or not there, says so and is exit 1", async () => {
    const { context, stdout } = await serve(() => [202, { redriven: 1 }]);
    expect(await deadLettersCommand.run(["redrive", "dl_1", "dl_2", "dl_1"], context)).toBe(1);
    expect(stdout()).toBe("1 dead letters are tried again; 1 of those named are settled, or not there\n");
  });

  test("a redrive of nothing in particular, or of all and something, is refused", async () => {
    const { context, asked } = await serve(() => [202, { redriven: 3 }]);
    for (const args of [[], ["--all", "dl_1"], ["--all", "--sync", "s"]]) {
      await expect(deadLettersCommand.run(["redrive", ...args], context)).rejects.toThrow(UsageError);
    }
    expect(asked).toEqual([]);
  });

  test("are discarded one by one", async () => {
    const { context, stdout, asked } = await serve(() => [204]);
    expect(await deadLettersCommand.run(["discard", "dl_1", "dl_2"], context)).toBe(0);
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "DELETE /v1/dead-letters/dl_1",
      "DELETE /v1/dead-letters/dl_2",
    ]);
    expect(stdout()).toBe("2 discarded\n");
  });
});
