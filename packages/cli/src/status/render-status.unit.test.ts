import type { Account, Overview, Sync } from "@millrace/client";
import { expect, test } from "vitest";
import { renderAccounts } from "../accounts/accounts-command.ts";
import type { AccountDetails } from "../accounts/read-account.ts";
import { renderAccount } from "../accounts/render-account.ts";
import { renderSyncs } from "../syncs/render-syncs.ts";
import { createPaint } from "../terminal/paint.ts";
import { syncWith } from "../testing/sync-with.ts";
import { renderOverview } from "./render-overview.ts";
import { renderHindrances, renderSync } from "./render-sync.ts";

const nowMs = Date.parse("2026-06-01T12:00:00Z");
const plain = createPaint({ write: () => true }, {});

const quiet: Overview = {
  at: "2026-06-01T12:00:00Z",
  syncs: {
    requested: 1,
    queued: 2,
    running: 3,
    paused: 0,
    failing: 0,
    endedLastDay: { completed: 1_200, partial: 0, failed: 0, cancelled: 0, coalesced: 4 },
  },
  messagesPerSecond: 812.4,
  pickup: { count: 9, medianMs: 80, p95Ms: 1_250 },
  lanes: [
    { lane: "live", waiting: 0, oldestSeconds: null },
    { lane: "bulk", waiting: 1, oldestSeconds: 95 },
  ],
  deadLetters: { open: 0 },
  accounts: {
    connected: 40,
    reauthRequired: 0,
    removing: 0,
    watched: 38,
    watchesLapsed: 0,
    neverSynced: 0,
    oldestSyncedAt: "2026-06-01T11:00:00Z",
  },
  quota: { unitsPerMinute: 1_200_000, usedLastMinute: 300_000 },
};

test("an overview says what runs, waits and was done, and nothing to do where nothing is", () => {
  const text = renderOverview(quiet, plain, nowMs);
  expect(text).toContain("3 running, 3 waiting, 0 paused, 0 failing");
  expect(text).toContain("1,200 completed, 0 failed");
  expect(text).toContain("812 a second");
  expect(text).toContain("within 80 ms in the middle, 1.3 s for 95 of 100");
  expect(text).toContain("0 chunks live, 1 chunk bulk (the oldest for 1 min 35 s)");
  expect(text).toContain("synced 1 h 00 min ago");
  expect(text).toContain("300,000 of 1,200,000 units in the last minute (25 %)");
  expect(text).not.toContain("→");
});

test("what needs a person is said, with the command that shows it", () => {
  const busy: Overview = {
    ...quiet,
    syncs: { ...quiet.syncs, failing: 2 },
    deadLetters: { open: 7 },
    accounts: { ...quiet.accounts, reauthRequired: 1, watchesLapsed: 3 },
    pickup: { count: 0, medianMs: null, p95Ms: null },
    quota: { unitsPerMinute: null, usedLastMinute: null },
  };
  const text = renderOverview(busy, plain, nowMs);
  for (const command of ["status SYNC", "accounts ls --status reauth_required", "dead-letters ls", "doctor"])
    expect(text).toContain(`\`millrace ${command}\``);
  const toOperator = renderOverview(busy, plain, nowMs, { isOperator: true });
  expect(toOperator.split("→")).toEqual([
    expect.anything(),
    expect.stringContaining("`millrace tenants --having trouble`"),
  ]);
  expect(renderOverview(quiet, plain, nowMs, { isOperator: true })).not.toContain("→");
  expect(text).toContain("nothing within the last hour");
  expect(text).toContain("not known while the broker does not answer");
});

test("a minute's mean is not told as now, and mailboxes without a copy are counted", () => {
  const idle = { ...quiet, syncs: { ...quiet.syncs, running: 0 } };
  expect(renderOverview(idle, plain, nowMs)).toMatch(/messages +none now, 812 a second over the last minute/);
  expect(renderOverview({ ...idle, messagesPerSecond: 0 }, plain, nowMs)).toMatch(/messages +none now\n/);
  const some = { ...quiet, accounts: { ...quiet.accounts, neverSynced: 3 } };
  expect(renderOverview(some, plain, nowMs)).toContain("synced 1 h 00 min ago, 3 never synced");
  const none = { ...some, accounts: { ...some.accounts, oldestSyncedAt: null } };
  expect(renderOverview(none, plain, nowMs)).toMatch(/oldest copy +3 never synced\n/);
});

const account: Account = {
  id: "acc_1",
  provider: "gmail",
  email: "ann@x.test",
  content: "full",
  attachments: "metadata",
  status: "connected",
  reauth: null,
  consentEndsAt: null,
  watermark: "77",
  activeSyncId: null,
  lastSyncId: "syn_1",
  lastSyncedAt: "2026-06-01T11:59:00Z",
  verification: { nextAt: null, lastAt: null, lastId: null, differences: null, driftsInRow: 0 },
  schedule: { kind: "interval", seconds: 600, mode: "auto" },
  nextRunAt: "2026-06-01T12:05:00Z",
  lastRunAt: null,
  watch: null,
  hold: null,
  createdAt: "2026-01-01T00:00:00Z",
};

const details = (change: Partial<Account> = {}, more: Partial<AccountDetails> = {}): AccountDetails => ({
  account: { ...account, ...change },
  lastSync: null,
  openLetters: 0,
  ...more,
});

test("a mailbox says what its newest copy lacks, and what was set aside with what to do", () => {
  const ledger = { listed: 100, stored: 97, unchanged: 0, gone: 0, deadLettered: 3, balanced: true };
  const partial = syncWith({}, { id: "syn_1", status: "partial", ledger });
  const text = renderAccount(details({}, { lastSync: partial, openLetters: 3 }), plain, nowMs);
  expect(text).toMatch(/newest copy by +syn_1, partial: without 3 of 100 messages\n/);
  expect(text).toMatch(/set aside +3 messages\n/);
  expect(text).toContain("`millrace dead-letters redrive --account ann@x.test --watch`");
  const whole = renderAccount(details({}, { lastSync: syncWith({}, { status: "completed" }) }), plain, nowMs);
  expect(whole).toMatch(/newest copy by +syn_1, completed\n/);
  expect(renderAccount(details({}, { openLetters: 200 }), plain, nowMs)).toContain("200 or more messages");
});

test("a mailbox says how it stands, and what to do where it has to be connected again or was never synced", () => {
  const well = renderAccount(details(), plain, nowMs);
  expect(well).toContain("in 5 min 00 s (every 600 s)");
  expect(well).not.toContain("`millrace");
  const reauth = { since: "2026-06-01T11:00:00Z", message: "invalid_grant" };
  const refused = renderAccount(details({ status: "reauth_required", reauth }), plain, nowMs);
  expect(refused).toContain("1 h 00 min ago: invalid_grant");
  expect(refused).toContain("`millrace connect ann@x.test`");
  expect(refused).toMatch(/next run +after it is connected again/);
  const lasting = renderAccount(details({ consentEndsAt: "2026-06-08T12:00:00Z" }), plain, nowMs);
  expect(lasting).toMatch(/consent ends +on 2026-06-08/);
  expect(lasting).not.toContain("`millrace");
  const ending = renderAccount(details({ consentEndsAt: "2026-06-03T12:00:00Z" }), plain, nowMs);
  expect(ending).toContain("`millrace connect ann@x.test` connects it again, before its syncs pause");
  const over = renderAccount(details({ consentEndsAt: "2026-06-01T11:58:00Z" }), plain, nowMs);
  expect(over).toMatch(/consent ended +2 min 00 s ago/);
  expect(over).toContain("has ended: `millrace connect ann@x.test` connects it again");
  const fresh = renderAccount(details({ lastSyncedAt: null, lastSyncId: null }), plain, nowMs);
  expect(fresh).toContain("`millrace sync ann@x.test --watch`");
});

test("what a mailbox's sync meets is said with it, and nothing where it gets on", () => {
  const trouble = {
    category: "transient",
    message: "No whole answer",
    at: "2026-06-01T11:59:00Z",
    nextAt: "2026-06-01T12:00:30Z",
    since: "2026-06-01T11:50:00Z",
    attempt: 31,
    setAsideAt: 38,
  } as const;
  expect(renderHindrances(syncWith({}, { id: "syn_1", trouble: trouble as Sync["trouble"] }), nowMs)).toBe(
    "syn_1\n  trouble      transient: No whole answer\n" +
      "  attempts     attempt 31, set aside after attempt 38; nothing has got on for 10 min 00 s\n" +
      "  tried again  in 30 s\n",
  );
  const rest = { listed: 100, listingComplete: true, handled: 98 };
  expect(renderHindrances(syncWith(rest, { trouble: { ...trouble, open: 2 } }), nowMs)).toContain(
    "  missing      2 messages are still missing\n  attempts ",
  );
  const due = { ...trouble, nextAt: "2026-06-01T11:59:58Z" } as Sync["trouble"];
  expect(renderHindrances(syncWith({}, { trouble: due }), nowMs)).toContain("  tried again  at any moment\n");
  expect(renderHindrances(syncWith({}, { id: "syn_1" }), nowMs)).toBe("");
});

test("an address cannot write on the terminal", () => {
  const evil = { ...account, email: "a\u001b[2J@x.test" };
  expect(renderAccounts([evil], plain, nowMs)).not.toContain("\u001b");
  expect(renderAccount(details(evil), plain, nowMs)).not.toContain("\u001b");
});

test("a list of mailboxes marks those whose consent ends soon", () => {
  const one = { ...account, status: "connected", consentEndsAt: null } as const;
  expect(renderAccounts([one], plain, nowMs)).not.toContain("CONSENT");
  const soon = { ...one, consentEndsAt: new Date(nowMs + 2 * 3_600_000).toISOString() };
  expect(renderAccounts([one, soon], plain, nowMs)).toMatch(/CONSENT ENDS.*\n.*\n.*in 2 h/);
  const over = { ...one, consentEndsAt: new Date(nowMs - 120_000).toISOString() };
  expect(renderAccounts([over], plain, nowMs)).toContain("ended 2 min 00 s ago");
});

test.each([
  ["running", {}, "`millrace watch sync-1`"],
  ["partial", {}, "`millrace dead-letters ls --sync sync-1`"],
  ["failed", { failure: { category: "unknown", message: "no\u001bsuch" } }, "`millrace retry sync-1`"],
  ["coalesced", { coalescedInto: "sync-2" }, "`millrace watch sync-2`"],
] as const)("a sync that is %s says what to do", (status, fields, advice) => {
  const text = renderSync(syncWith({}, { status, ...fields }), plain, nowMs);
  expect(text).toContain(advice);
  expect(text).not.toContain("\u001b");
});

test("a sync that waits for consent says that the mailbox is to be connected again", () => {
  const paused = {
    reason: "consent_lost" as const,
    message: "refused",
    since: quiet.at,
    resumesBy: "reconnection",
  };
  expect(renderSync(syncWith({}, { status: "paused", paused }), plain, nowMs)).toContain(
    "`millrace connect account-1`",
  );
});

test("syncs are a table; what is an estimate is marked as one", () => {
  const some = [
    syncWith({ settled: 10, listed: 20, estimatedTotal: 4_000 }, { startedAt: "2026-06-01T11:59:30Z" }),
    syncWith({ settled: 20, listed: 20, listingComplete: true }, { id: "sync-2", status: "completed" }),
  ];
  const [, first, second] = renderSyncs(some, plain, nowMs).split("\n");
  expect(first).toMatch(/^sync-1 +running +full +10 +~4,000 +30 s ago$/);
  expect(second).toMatch(/^sync-2 +completed +full +20 +20 +never$/);
  const [, named] = renderSyncs(some, plain, nowMs, {
    addresses: new Map([["account-1", "a\u001b[2J@x.test"]]),
  }).split("\n");
  expect(named).toMatch(/^sync-1 +a \[2J@x\.test +running +full /);
});
