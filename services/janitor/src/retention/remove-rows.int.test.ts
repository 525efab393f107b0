import type { AccountRef } from "@millrace/shared/events/subjects";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { usualRetention } from "../testing/usual-retention.ts";
import { removeRows } from "./remove-rows.ts";
import { RetentionScope, type ScopeOptions } from "./retention-scope.ts";
import { retentionTasks } from "./retention-tasks.ts";
import { type RowRule, traceRules } from "./row-rules.ts";

const days = 7;
const [tombstones] = traceRules(days) as readonly [RowRule];
/** What one statement looks at, at most. */
const lookMax = 5_000;
let world: TestWorld;
let keeping: AccountRef;
let usual: AccountRef;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());
beforeEach(async () => {
  await world.pool.query("truncate tombstones, removed_labels");
  await world.pool.query("update tenants set retention = '{}'");
  keeping = await world.addAccount();
  usual = { ...(await world.addAccount()), tenantId: "other" };
  await world.pool.query("insert into tenants (id, name) values ('other', 'Other') on conflict do nothing");
  await world.pool.query("update accounts set tenant_id = 'other' where id = $1", [usual.accountId]);
});

let added = 0;
/** So many, each a second younger than the one before, or all of the same time. */
async function bury(
  { tenantId, accountId }: AccountRef,
  count: number,
  daysAgo: number,
  secondsApart = 1,
): Promise<void> {
  await world.pool.query(
    `insert into tombstones (provider_id, tenant_id, account_id, buried_at)
     select 'm' || ($5::integer + n), $1, $2, date_trunc('day', now()) - make_interval(days => $4) + n * make_interval(secs => $6)
     from generate_series(1, $3::integer) as n`,
    [tenantId, accountId, count, daysAgo, added, secondsApart],
  );
  added += count;
}
const keep = ({ tenantId }: AccountRef, keptDays: number) =>
  world.pool.query(
    "update tenants set retention = jsonb_build_object('tracesDays', $2::integer) where id = $1",
    [tenantId, keptDays],
  );
const hold = ({ accountId }: AccountRef) =>
  world.pool.query("update accounts set held_at = now() where id = $1", [accountId]);
async function left(): Promise<Record<string, number>> {
  const { rows } = await world.pool.query<{ id: string; n: number }>(
    "select account_id as id, count(*)::integer as n from tombstones group by 1",
  );
  return Object.fromEntries(rows.map(({ id, n }) => [id, n]));
}
const scopeOf = (options: Partial<ScopeOptions> = {}): RetentionScope =>
  new RetentionScope({
    ...{ now: new Date(), tenantId: null, isDryRun: false, signal: new AbortController().signal },
    ...options,
  });
async function run(options: Partial<ScopeOptions> = {}, rule = tombstones): Promise<number> {
  const scope = scopeOf(options);
  await removeRows(world.pool, rule, scope);
  return scope.removed().counts.tombstones ?? 0;
}

describe("what is kept and lies before what is due", () => {
  const due = 12_000;
  /** With a look at all that is kept for each piece, a minute was not enough. */
  const runMsMax = 20_000;

  it.each([
    ["of a tenant that keeps it for longer", 400_000, 30, () => keep(keeping, 3_650)],
    ["of an account that is held", 30_000, 30, () => hold(keeping)],
    ["of all but a tenant that keeps it for a shorter time", 30_000, 5, () => keep(usual, 1)],
  ])("holds nothing up: %s", { timeout: 120_000 }, async (_what, kept, keptDaysAgo, set) => {
    await bury(keeping, kept, keptDaysAgo, 0.1);
    await bury(usual, due, keptDaysAgo - 2);
    await world.pool.query("analyze tombstones");
    await set();
    expect(await run({ isDryRun: true })).toBe(due);
    const beganMs = performance.now();
    expect(await run()).toBe(due);
    expect(performance.now() - beganMs).toBeLessThan(runMsMax);
    expect(await left()).toEqual({ [keeping.accountId]: kept });
  });
});

it("rows of the very same time are looked at once each, however many there are", async () => {
  await bury(keeping, lookMax, 30, 0);
  await bury(usual, lookMax, 30, 0);
  await bury(keeping, lookMax, 30, 0);
  await keep(keeping, 3_650);
  expect(await run({ isDryRun: true })).toBe(lookMax);
  expect(await run()).toBe(lookMax);
  expect(await left()).toEqual({ [keeping.accountId]: 2 * lookMax });
});

it("what a statement removes may be less than what it looks at, and none is passed over", async () => {
  await bury(keeping, 700, 30);
  await bury(usual, 500, 30);
  await bury(keeping, 700, 29);
  await bury(usual, 123, 28);
  await keep(keeping, 3_650);
  expect(await run({}, { ...tombstones, rowsMax: 20 })).toBe(623);
  expect(await left()).toEqual({ [keeping.accountId]: 1_400 });
});

it("a run for one tenant looks past the rows of the others", async () => {
  await bury(keeping, 2 * lookMax, 30);
  await bury(usual, 10, 28);
  expect(await run({ tenantId: usual.tenantId })).toBe(10);
  expect(await left()).toEqual({ [keeping.accountId]: 2 * lookMax });
});

it("a run that was cut off is gone on with where it was, in the middle of which rule that may be", async () => {
  const { traces } = retentionTasks(usualRetention);
  const ports = { ...world.ports, blobs: undefined as never };
  const daysKept = usualRetention.RETAIN_TRACES_DAYS;
  await bury(usual, 3 * lookMax, daysKept + 3);
  const cut = scopeOf({ limits: { ms: 60_000, rows: lookMax } });
  await traces(ports, cut);
  expect([cut.isDone, cut.removed().counts]).toEqual([false, { tombstones: lookMax }]);
  // What is older than where it was comes with the run after the next one.
  await bury(usual, 1, daysKept + 9);
  const next = scopeOf({ resumeAfter: cut.leftAfter });
  await traces(ports, next);
  expect([next.isDone, next.removed().counts]).toEqual([true, { tombstones: 2 * lookMax }]);
  const whole = scopeOf({ resumeAfter: next.leftAfter });
  await traces(ports, whole);
  expect(whole.removed().counts).toEqual({ tombstones: 1 });

  await world.pool.query(
    `insert into removed_labels (id, tenant_id, account_id, removed_at, relieved_at)
     select 'l' || n, $1, $2, now() - make_interval(days => $3, secs => n), now() from generate_series(1, 6000) as n`,
    [usual.tenantId, usual.accountId, daysKept + 3],
  );
  const inSecond = scopeOf({ limits: { ms: 60_000, rows: lookMax } });
  await traces(ports, inSecond);
  expect([inSecond.removed().counts, inSecond.leftAfter]).toEqual([
    { labels: 5_000 },
    expect.stringMatching(/^1 2/),
  ]);
  const rest = scopeOf({ resumeAfter: inSecond.leftAfter });
  await traces(ports, rest);
  expect([rest.isDone, rest.removed().counts]).toEqual([true, { labels: 1_000 }]);
});
