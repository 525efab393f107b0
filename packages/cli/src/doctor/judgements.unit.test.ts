import type { Account, Me, RetentionRun } from "@millrace/client";
import { BrokerTlsError, UserRefusedError } from "@millrace/shared/nats/broker-refusals";
import type { BrokerExamination } from "@millrace/shared/nats/examine-broker";
import { expect, test } from "vitest";
import { judgeConsents, judgeCopies, judgeCredentials, judgeWatches } from "./check-accounts.ts";
import { describeAway, judgeBroker, userOf } from "./check-broker.ts";
import { judgePermissions } from "./check-broker-users.ts";
import { judgeBucketError } from "./check-bucket.ts";
import { checkNode } from "./check-node.ts";
import { judgeVersion } from "./check-postgres.ts";
import { judgeTokenAnswer } from "./check-provider.ts";
import { judgeOwner } from "./check-store-owner.ts";
import { parseDoctorEnv } from "./doctor-env.ts";
import { judgeClock } from "./judge-clock.ts";
import { judgeFollowers } from "./judge-followers.ts";
import { judgeForecast } from "./judge-forecast.ts";
import { judgeKey } from "./judge-key.ts";
import { judgeRetention } from "./judge-retention.ts";
import { judgeRoom } from "./judge-room.ts";

const nowMs = Date.parse("2026-06-01T00:00:00Z");

test.each([
  [2_000, 0, "ok"],
  [-2_000, 0, "ok"],
  [2_001, 0, "warn"],
  [-60_000, 500, "warn"],
  [2_400, 500, "ok"],
])("a clock that is %d ms off, give or take %d, is %s", (skewMs, uncertaintyMs, status) => {
  const reading = { theirsMs: nowMs + skewMs, oursMs: nowMs, uncertaintyMs };
  const finding = judgeClock("api.clock", "The API's", reading);
  expect(finding.status).toBe(status);
  if (status === "warn") expect(finding.found).toContain(skewMs > 0 ? "ahead of" : "behind");
});

test.each([
  [79, "ok"],
  [80, "warn"],
  [95, "fail"],
])("what is %d %% full is %s", (used, status) => {
  expect(judgeRoom("x", "it", { used, max: 100 }, "do").status).toBe(status);
});

test.each([
  ["18.4 (Debian 18.4-1)", "ok"],
  ["17.9", "warn"],
  ["19beta1", "warn"],
])("Postgres %s is %s", (version, status) => expect(judgeVersion(version).status).toBe(status));

test("an older Node is a warning", () => {
  expect(checkNode("24.3.0").status).toBe("ok");
  expect(checkNode("20.19.0").status).toBe("warn");
});

test("a key that ends within two weeks is a warning that says how it is followed", () => {
  const me: Me = { kind: "tenant", tenantId: "demo", scopes: ["read"], expiresAt: null, syncId: null };
  expect(judgeKey(me, "MILLRACE_KEY", nowMs)).toMatchObject({ status: "ok" });
  const ending = judgeKey({ ...me, expiresAt: "2026-06-10T00:00:00Z" }, "MILLRACE_KEY", nowMs);
  expect(ending).toMatchObject({ status: "warn", todo: expect.stringContaining("millrace keys rotate") });
});

const account = (email: string, fields: Partial<Account> = {}): Account =>
  ({ email, status: "connected", watch: null, consentEndsAt: null, ...fields }) as Account;

test("mailboxes that have to be connected again are named, the first few of them", () => {
  expect(judgeCredentials([account("a@x.test")])).toMatchObject({ status: "ok" });
  const refused = ["a", "b", "c", "d", "e"].map((name) =>
    account(`${name}@x.test`, { status: "reauth_required" }),
  );
  expect(judgeCredentials([...refused, account("f@x.test")])).toMatchObject({
    status: "warn",
    found: "5 of 6 mailboxes must be connected again: a@x.test, b@x.test, c@x.test, and 2 more",
    todo: expect.stringContaining("`millrace connect a@x.test`"),
  });
});

test("consents that end soon are a warning of their own, whoever else is refused", () => {
  const refused = account("a@x.test", { status: "reauth_required", consentEndsAt: "2026-06-02T00:00:00Z" });
  const late = account("b@x.test", { consentEndsAt: "2026-06-20T00:00:00Z" });
  expect(judgeConsents([refused, late], nowMs).status).toBe("ok");
  const soon = account("c@x.test", { consentEndsAt: "2026-06-03T00:00:00Z" });
  expect(judgeConsents([refused, late, soon], nowMs)).toMatchObject({
    status: "warn",
    found: "the consent to 1 of 3 mailboxes ends within three days: c@x.test",
    todo: expect.stringContaining("`millrace connect c@x.test`"),
  });
});

test("a lapsed watch is a warning, no push at all is none", () => {
  const at = "2026-01-01T00:00:00Z";
  expect(judgeWatches([account("a@x.test")]).status).toBe("ok");
  expect(judgeWatches([account("a@x.test", { watch: { expiresAt: at, lapsedSince: null } })]).status).toBe(
    "ok",
  );
  const lapsed = judgeWatches([account("a@x.test", { watch: { expiresAt: at, lapsedSince: at } })]);
  expect(lapsed).toMatchObject({ status: "warn", found: expect.stringContaining("a@x.test") });
});

const broker: BrokerExamination = {
  version: "2.12.1",
  isTooOld: false,
  roundTripMs: 1,
  clock: { theirsMs: nowMs, oursMs: nowMs },
  streams: [
    { name: "REQUESTS", differences: [], bytes: 10, bytesMax: 100, lagging: [] },
    { name: "EVENTS", differences: [], bytes: 20, bytesMax: 100, lagging: [] },
  ],
  consumers: [{ name: "EVENTS/chunker-events", differences: [] }],
  followers: [],
  storage: null,
};
const statuses = (changed: Partial<BrokerExamination>): Record<string, string> =>
  Object.fromEntries(
    judgeBroker({ ...broker, ...changed }, { servers: ["n1"] }).map((one) => [one.check, one.status]),
  );

test("a broker as it should be is fine, and of its streams the fullest is told", () => {
  expect(new Set(Object.values(statuses({})))).toEqual(new Set(["ok"]));
  const limits = judgeBroker(broker, { servers: ["n1"] }).filter(({ check }) => check === "broker.limits");
  expect(limits.map(({ found }) => found)).toEqual([expect.stringContaining("EVENTS is 20 % full")]);
});

test("a stream that is missing, differs, is full, or lacks a copy is told", () => {
  const [requests, events] = broker.streams;
  if (requests === undefined || events === undefined) throw new Error("two streams");
  expect(statuses({ streams: [{ ...requests, differences: null }] })).toMatchObject({
    "broker.streams": "fail",
  });
  const drifted = judgeBroker(
    { ...broker, streams: [{ ...events, differences: [["max_bytes", 100, 7]] }] },
    { servers: [] },
  );
  expect(drifted.find(({ check }) => check === "broker.streams")).toMatchObject({
    status: "fail",
    found: "EVENTS: max_bytes is 7 and should be 100",
  });
  expect(statuses({ streams: [{ ...events, bytes: 96 }] })).toMatchObject({ "broker.limits": "fail" });
  expect(statuses({ streams: [{ ...events, lagging: ["n3"] }] })).toMatchObject({ "broker.copies": "warn" });
  expect(statuses({ consumers: [{ name: "x", differences: null }] })).toMatchObject({
    "broker.consumers": "fail",
  });
});

test("of a server that is too old nothing else is judged", () => {
  expect(statuses({ version: "2.11.9", isTooOld: true, streams: [] })).toEqual({
    "broker.reachable": "ok",
    "broker.version": "fail",
  });
});

test("permissions: none missing is fine, everything is more than is needed, one missing is a failure", () => {
  expect(judgePermissions("chunker", []).status).toBe("ok");
  expect(judgePermissions("chunker", null).status).toBe("warn");
  expect(judgePermissions("chunker", ["publish a.b"])).toMatchObject({
    status: "fail",
    found: "the user of chunker may not publish a.b",
  });
});

test("a store that is full within a month is told, and one of which nobody knows the limit", () => {
  const nowMs = Date.parse("2026-11-30T00:00:00Z");
  const database = {
    store: "database",
    bytes: 10,
    bytesMax: 100,
    bytesPerDay: 9,
    fullAtMs: nowMs + 10 * 86_400_000,
    seenAt: new Date(nowMs),
  };
  const statusesOf = (...stores: Parameters<typeof judgeForecast>[0]) =>
    judgeForecast(stores, nowMs).map(({ status, found }) => [status, found]);
  expect(statusesOf(database)).toEqual([["warn", expect.stringContaining("database is full in 10 days")]]);
  expect(statusesOf({ ...database, fullAtMs: nowMs + 90 * 86_400_000 })).toEqual([
    ["ok", expect.stringContaining("nothing is full")],
  ]);
  expect(statusesOf({ ...database, bytesPerDay: null, fullAtMs: null, bytesMax: null })).toEqual([
    ["ok", expect.stringContaining("two days")],
    ["skipped", expect.stringContaining("nobody has said")],
  ]);
  expect(statusesOf()).toEqual([["skipped", expect.any(String)]]);
});

test("a copy that differs again and again is told, one that differed once is not", () => {
  const accountOf = (driftsInRow: number) =>
    ({ email: "a@b.test", verification: { driftsInRow, lastAt: "2026-11-29T00:00:00Z" } }) as Account;
  expect(judgeCopies([accountOf(0), accountOf(1)])).toMatchObject({
    status: "ok",
    found: expect.stringMatching(/^2 compared/),
  });
  expect(judgeCopies([accountOf(2), accountOf(1)])).toMatchObject({
    status: "warn",
    found: expect.stringMatching(/^1 have.*a@b.test/),
  });
});

test("a broker that lets nobody in without a seed is told with where the operator's is", () => {
  const todoOf = (error: Error) => describeAway(error, { servers: ["n1"] }).todo;
  expect(todoOf(new UserRefusedError())).toContain(".millrace/nats-users/seeds/operator.nk");
  expect(todoOf(new BrokerTlsError("no certificate"))).toContain("on a line that the server takes");
});

test("whose user comes is told by its seed's name", () => {
  const named = (seed: string) => userOf(parseDoctorEnv({ NATS_NKEY_SEED_FILE: seed }));
  expect(named("/etc/nats/seeds/janitor.nk")).toBe("janitor");
  expect(named("/etc/nats/seeds/operator.nk")).toBe("operator");
  expect(userOf(parseDoctorEnv({}))).toBe("operator");
});

test.each([
  [400, "invalid_grant", "ok"],
  [401, "invalid_client", "fail"],
  [503, null, "warn"],
  [404, null, "warn"],
] as const)("a token endpoint that answers %d %s is %s", (status, error, judged) => {
  expect(judgeTokenAnswer("oauth2.example.com", status, error).status).toBe(judged);
});

test.each([
  ["ours", true, "ok"],
  ["ours", false, "ok"],
  [null, false, "ok"],
  [null, true, "fail"],
  ["theirs", true, "fail"],
])("a folder of attachments marked %s, with a store known: %s, is %s", (owner, isClaimed, status) => {
  const finding = judgeOwner("/srv/blobs", owner, { id: "ours", isClaimed });
  expect(finding).toMatchObject({ check: "blobs.owner", status });
  expect(finding.found).toContain(status === "fail" || owner === null ? "/srv/blobs" : "is the store");
  if (status === "fail") expect(finding.todo).toContain("ours");
});

test.each([
  ["NoSuchBucket", 404, "has no bucket mail", "BLOB_STORE_S3_BUCKET"],
  ["CredentialsProviderError", undefined, "no credentials here", "BLOB_STORE_S3_SECRET_ACCESS_KEY"],
  ["PermanentRedirect", 301, "another region than eu-west-1", "BLOB_STORE_S3_REGION"],
  ["AuthorizationHeaderMalformed", 400, "another region", "BLOB_STORE_S3_REGION"],
  ["AccessDenied", 403, "s3://mail/a/ refuses these credentials (AccessDenied)", "s3:ListBucket"],
  ["SlowDown", 503, "answers 503 (SlowDown)", "Try again"],
  ["TimeoutError", undefined, "Nobody answers at Amazon S3 (TimeoutError)", "BLOB_STORE_S3_ENDPOINT"],
])("a bucket that says %s %d is told with what to do", (name, httpStatusCode, found, todo) => {
  const options = { bucket: "mail", region: "eu-west-1", isPathStyle: false, prefix: "a/" };
  const finding = judgeBucketError(options, { name, $metadata: { httpStatusCode } });
  expect(finding).toMatchObject({ check: "blobs.reachable", status: "fail" });
  expect([finding.found, finding.todo]).toEqual([
    expect.stringContaining(found),
    expect.stringContaining(todo),
  ]);
});

test("followers' consumers that are missing, or of other tenants, are told with the command that makes them", () => {
  const [missing, drifted] = judgeFollowers(
    [
      { name: "follow-shop", differences: null },
      { name: "follow-audit", differences: [["filter_subjects", ["a"], ["b"]]] },
    ],
    "/srv/users",
  );
  expect(drifted).toBeUndefined();
  expect(missing).toMatchObject({ check: "broker.followers", status: "fail" });
  expect(missing?.found).toBe(
    "not there: follow-shop; not of the tenants that are in /srv/users: follow-audit",
  );
  expect(missing?.todo).toContain('`npm run nats-users -- /srv/users --server "$NATS_URL"`');
  const fine = { name: "follow-shop", differences: [] };
  const found = "the follower's consumer is as it should be";
  expect(judgeFollowers([fine], "")).toMatchObject([{ status: "ok", found }]);
  expect(judgeFollowers([], "")).toEqual([]);
});

test("tasks of retention that fail, are late or do not end are told, each with what to do", () => {
  const hour = 3_600;
  const at = (hoursAgo: number) => new Date(nowMs - hoursAgo * hour * 1_000).toISOString();
  const runOf = (hoursAgo: number, fields: Partial<RetentionRun> = {}) =>
    ({
      ...{ askedBy: null, state: "completed", isDone: true, failure: null },
      ...{ requestedAt: at(hoursAgo), startedAt: at(hoursAgo), endedAt: at(hoursAgo) },
      ...fields,
    }) as RetentionRun;
  const judge = (runs: readonly RetentionRun[], { isAll = true, everySeconds = 6 * hour } = {}) =>
    judgeRetention([{ task: "traces", everySeconds, runs, isAll }], nowMs);
  const failed = { state: "failed", isDone: false, failure: "no room" } as const;
  const asked = { askedBy: "key_1" };
  const fine = [expect.objectContaining({ check: "retention.runs", status: "ok" })];

  expect(judge([])).toMatchObject([{ status: "warn", found: "retention has not run yet" }]);
  expect(judge([runOf(1)])).toEqual(fine);
  expect(judge([runOf(0, failed), runOf(1, failed), runOf(2)])).toEqual(fine);
  expect(
    judge([runOf(0, failed), runOf(1, asked), runOf(1, failed), runOf(2, failed), runOf(90)]),
  ).toMatchObject([
    { status: "warn", found: "traces has failed 3 times since it was last completed: no room" },
  ]);
  expect(judge([runOf(12.1)])).toEqual(fine);
  expect(judge([runOf(0, asked), runOf(1, { isDone: false }), runOf(13)])).toMatchObject([
    {
      status: "warn",
      found: expect.stringMatching(/^not through for two periods: traces \(last through: 13 h/),
      todo: expect.stringContaining("#millraceretentionlate"),
    },
  ]);
  expect(judge([runOf(13)], { everySeconds: 12 * hour })).toEqual(fine);
  expect(judge([runOf(1, asked)])).toMatchObject([{ found: expect.stringContaining("last through: never") }]);
  expect(judge([runOf(1, asked)], { isAll: false })).toEqual(fine);
  expect(judge([runOf(13, asked)], { isAll: false })).toMatchObject([
    { status: "warn", found: expect.stringContaining("last through: long ago, or never") },
  ]);
  const running = { state: "running", isDone: false, endedAt: null } as const;
  expect(judge([runOf(0.9, running), runOf(2)])).toEqual(fine);
  expect(judge([runOf(1.5, { ...running, ...asked }), runOf(2)])).toMatchObject([
    { status: "warn", found: expect.stringMatching(/^a run of traces has been under way for 1 h 30/) },
  ]);
});
