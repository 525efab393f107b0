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
  isDone: true,
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
      "TASK      KIND  STATE      OF         BY        WHEN        TOOK  REMOVED\n" +
        "messages  run   completed  everybody  operator  2026-01-01   2 s  1,204 messages, 12 MB\n",
    ]);
    expect(asked.map(({ path }) => path)).toEqual([
      "/v1/retention/runs?limit=1&task=messages&state=completed",
    ]);
    const { stdout: json } = await millrace("retention", ...words, "--limit", "2", "--json");
    expect(JSON.parse(json).items).toHaveLength(2);
  },
);

test("periods: each with its number and where it comes from; 0 is for ever, and what no janitor has told is not known", async () => {
  const everybodys = (days: number | null) => ({ days, from: "installation", defaultDays: days });
  const retentionInForce = {
    finishedSyncsDays: { days: 90, from: "tenant", defaultDays: 30 },
    failedSyncsDays: everybodys(7),
    deletedMessagesDays: everybodys(1),
    deadLettersDays: everybodys(30),
    openDeadLettersDays: everybodys(0),
    idempotencyKeysDays: everybodys(30),
    auditDays: { days: 730, from: "tenant", defaultDays: null },
    webhookDeliveriesDays: everybodys(null),
  };
  const { millrace, asked } = await serve(() => [200, { id: "acme", retentionInForce }]);
  const { code, stdout } = await millrace("retention", "periods");
  expect([code, stdout]).toEqual([
    0,
    "KEPT                  FOR            FROM                                          NAME\n" +
      "finished syncs        90 days        the tenant's own; everybody's: 30 days        finishedSyncsDays\n" +
      "failed syncs          7 days         everybody's                                   failedSyncsDays\n" +
      "deleted messages      1 day          everybody's                                   deletedMessagesDays\n" +
      "settled dead letters  30 days        everybody's                                   deadLettersDays\n" +
      "open dead letters     ever           everybody's                                   openDeadLettersDays\n" +
      "idempotency keys      30 days        everybody's                                   idempotencyKeysDays\n" +
      "audit trail           730 days       the tenant's own; everybody's: not known yet  auditDays\n" +
      "webhook deliveries    not known yet  everybody's                                   webhookDeliveriesDays\n",
  ]);
  expect(asked.map(({ path }) => path)).toEqual(["/v1/tenant"]);
  const { stdout: json } = await millrace("retention", "periods", "--json");
  expect(JSON.parse(json)).toEqual(retentionInForce);
});

describe("a tenant's own periods", () => {
  const retentionInForce = {
    finishedSyncsDays: { days: 14, from: "tenant", defaultDays: 30 },
    auditDays: { days: 90, from: "tenant", defaultDays: 365 },
    failedSyncsDays: { days: 7, from: "installation", defaultDays: 7 },
  };
  const tenant = () => serve(() => [200, { id: "acme", retentionInForce }]);

  test("are set, those that are named alone, and shown as they are then", async () => {
    const { millrace, asked } = await tenant();
    const set = ["retention", "periods", "set", "finishedSyncsDays=14", "auditDays=90"];
    const { code, stdout } = await millrace(...set);
    expect([code, stdout]).toEqual([
      0,
      "KEPT            FOR      FROM                                     NAME\n" +
        "finished syncs  14 days  the tenant's own; everybody's: 30 days   finishedSyncsDays\n" +
        "audit trail     90 days  the tenant's own; everybody's: 365 days  auditDays\n",
    ]);
    const body = { retention: { finishedSyncsDays: 14, auditDays: 90 } };
    expect(asked).toEqual([{ method: "PATCH", path: "/v1/tenant", body }]);
    const { stdout: json } = await millrace(...set, "--json", "--tenant", "acme");
    expect(JSON.parse(json)).toEqual(retentionInForce);
    expect(asked[1]).toEqual({ method: "PATCH", path: "/v1/tenants/acme", body });
  });

  test("are everybody's again when they are reset", async () => {
    const { millrace, asked } = await tenant();
    const { code } = await millrace("retention", "periods", "reset", "auditDays", "failedSyncsDays");
    expect([code, asked.map(({ body }) => body)]).toEqual([
      0,
      [{ retention: { auditDays: null, failedSyncsDays: null } }],
    ]);
  });

  test.each([
    [["set", "finishedSyncDays=14"], "Did you mean finishedSyncsDays?"],
    [["set", "retain-failed-syncs=14"], "Did you mean failedSyncsDays?"],
    [["reset", "audit"], "Did you mean auditDays?"],
    [["set", "mail=14"], "They are finishedSyncsDays, failedSyncsDays,"],
    [["set", "finishedSyncsDays=6"], "finishedSyncsDays must be 7 to 36500 days: a rebuild counts"],
    [["set", "activityDays=91"], "must be 7 to 90 days: "],
    [["set", "auditDays=soon"], "auditDays must be 1 to 36500 days."],
    [["set", "auditDays"], "Say for how many days: auditDays=30."],
    [["set", "auditDays=1", "auditDays=2"], "auditDays is named twice."],
    [["set"], "name=days"],
  ])("are refused with what to write instead: %j", async (words, said) => {
    const { millrace, asked } = await tenant();
    const { code, stderr } = await millrace("retention", "periods", ...words);
    expect([code, stderr, asked]).toEqual([2, expect.stringContaining(said), []]);
  });

  test("are somebody's: an operator names whose", async () => {
    const { url } = await tenant();
    const env = { MILLRACE_URL: url, MILLRACE_KEY: "mro_x" };
    for (const words of [[], ["set", "auditDays=90"]]) {
      const { code, stderr } = await runAsTyped(["retention", "periods", ...words], { env });
      expect([code, stderr]).toEqual([2, expect.stringContaining("--tenant")]);
    }
  });
});
