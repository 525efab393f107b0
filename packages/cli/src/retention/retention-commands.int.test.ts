import { afterEach, describe, expect, test } from "vitest";
import { type AnsweringApi, startAnsweringApi } from "../testing/answering-api.ts";
import { runAsTyped } from "../testing/run-as-typed.ts";

let api: AnsweringApi | undefined;
afterEach(() => api?.close());
const serve = async (...args: Parameters<typeof startAnsweringApi>): Promise<AnsweringApi> => {
  api = await startAnsweringApi(...args);
  return api;
};

const runWith = (id: string, fields: object = {}) => ({
  id,
  task: "messages",
  tenantId: "acme",
  dryRun: false,
  askedBy: "key_1",
  state: "requested",
  requestedAt: "2026-01-01T00:00:00Z",
  startedAt: null,
  endedAt: null,
  removed: {},
  bytes: 0,
  failure: null,
  ...fields,
});
const ended = { startedAt: "2026-01-01T00:00:01Z", endedAt: "2026-01-01T00:00:03Z" };
const messages = runWith("ret_2", {
  ...ended,
  state: "completed",
  removed: { messages: 1_204 },
  bytes: 12_345_678,
});
const syncs = runWith("ret_3", { ...ended, task: "syncs", state: "completed" });

describe("run", () => {
  /** Asked for two runs, which are through when they are looked at for the third time. */
  const twoRuns = (last: object = syncs) =>
    serve(({ method }, n) => {
      const asked = [runWith("ret_2"), runWith("ret_3", { task: "syncs" })];
      if (method === "POST") return [202, { runs: asked }];
      const items = n < 3 ? asked.toReversed() : n < 4 ? [asked[1], messages] : [last, messages];
      return [200, { items: [...items, runWith("ret_1")], nextCursor: "older" }];
    });

  test("waits for each run, tells what was removed, and looks at no run that is older", async () => {
    const { millrace, asked } = await twoRuns();
    const { code, stdout } = await millrace("retention", "run");
    expect([code, stdout]).toEqual([
      0,
      "messages  completed  1,204 messages, 12 MB\nsyncs     completed  nothing\n",
    ]);
    expect(asked[0]).toEqual({ method: "POST", path: "/v1/retention/run", body: { dryRun: false } });
    expect(asked.slice(1).map(({ path }) => path)).toEqual(Array(3).fill("/v1/retention/runs?limit=200"));
  });

  test("of one task, dry, in JSON: what is told on the way is on standard error", async () => {
    const dry = { ...messages, dryRun: true };
    const { millrace, asked } = await serve(({ method }) =>
      method === "POST" ? [202, { runs: [runWith("ret_2")] }] : [200, { items: [dry], nextCursor: null }],
    );
    const args = ["retention", "run", "--task", "messages", "--dry-run", "--json"];
    const { code, stdout, stderr } = await millrace(...args);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ runs: [dry] });
    expect(stderr).toBe("messages  completed  would be 1,204 messages, 12 MB\n");
    expect(asked[0]?.body).toEqual({ dryRun: true, task: "messages" });
  });

  test("a run that failed says why, and is exit 1", async () => {
    const { millrace } = await twoRuns({ ...syncs, state: "failed", failure: "no\nbroker" });
    const { code, stdout } = await millrace("retention", "run");
    expect([code, stdout.split("\n")[1]]).toEqual([1, "syncs     failed  no broker"]);
  });

  test("without waiting the ids are told", async () => {
    const { millrace, asked } = await twoRuns();
    const { code, stdout } = await millrace("retention", "run", "--no-wait");
    expect([code, stdout, asked.length]).toEqual([0, "ret_2  messages\nret_3  syncs\n", 1]);
  });

  test("interrupted, it says that it goes on", async () => {
    let interrupt = () => {};
    const { url } = await serve(({ method }) => {
      if (method === "POST") return [202, { runs: [runWith("ret_2")] }];
      setTimeout(interrupt, 50);
      return [200, { items: [runWith("ret_2", { state: "running" })], nextCursor: null }];
    });
    const { code, stderr } = await runAsTyped(["retention", "run"], {
      env: { MILLRACE_URL: url, MILLRACE_KEY: "mr_x" },
      onStart: (stop) => {
        interrupt = stop;
      },
    });
    expect([code, stderr]).toEqual([
      130,
      "It is done all the same; `millrace retention runs` tells what came of it.\n",
    ]);
  });

  test("an unknown task is refused with those that there are", async () => {
    const { millrace, asked } = await twoRuns();
    const { code, stderr } = await millrace("retention", "run", "--task", "mesages");
    expect([code, stderr, asked]).toEqual([2, expect.stringContaining("audit-entries"), []]);
  });
});

test.each([[["ls"]], [["runs"]], [[]]])(
  "runs are listed, narrowed as asked for: retention %j",
  async (words) => {
    const { millrace, asked } = await serve(() => [
      200,
      { items: [{ ...messages, tenantId: null }, runWith("ret_1")], nextCursor: "older" },
    ]);
    const args = ["--task", "messages", "--state", "completed", "--limit", "1"];
    const { code, stdout } = await millrace("retention", ...words, ...args);
    expect([code, stdout]).toEqual([
      0,
      "TASK      KIND  STATE      OF         WHEN        TOOK  REMOVED\n" +
        "messages  run   completed  everybody  2026-01-01   2 s  1,204 messages, 12 MB\n",
    ]);
    expect(asked.map(({ path }) => path)).toEqual([
      "/v1/retention/runs?limit=1&task=messages&state=completed",
    ]);
    const { stdout: json } = await millrace("retention", ...words, "--limit", "2", "--json");
    expect(JSON.parse(json).items).toHaveLength(2);
  },
);
