import type { AccountRef } from "@millrace/shared/events/subjects";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { removeRows } from "./remove-rows.ts";
import { beginning, countSql } from "./remove-sql.ts";
import { RetentionScope } from "./retention-scope.ts";
import { auditRule } from "./row-rules.ts";

let world: TestWorld;
let ref: AccountRef;
const rule = auditRule(365);

/** Old entries of which each names the account in another way, and one that names none. */
const addSql = `
  insert into audit_entries (id, tenant_id, at, actor_kind, actor_id, method, route, params, made_id, request_id, address)
  select 'a' || n, $1, now() - interval '2 years', 'key', 'k', 'POST', '/v1', params, made, 'r', 'a'
  from (values
    (1, jsonb_build_object('id', $2::text), null), (2, '{}', $2), (3, '{"id": "syn_1"}', null), (4, '{}', 'syn_1'),
    (5, '{"id": "lnk_to"}', null), (6, '{"id": "lnk_of"}', null), (7, '{"id": "acc_none"}', 'syn_none')
  ) as e (n, params, made)`;
const addThings = [
  `insert into syncs (id, tenant_id, account_id, status, mode, trigger, created_at, epoch, seq)
   values ('syn_1', $1, $2, 'completed', 'full', 'api', now(), 0, 1)`,
  `insert into connect_links (id, tenant_id, target_account_id, options, return_url, expires_at)
   values ('lnk_to', $1, $2, '{}', 'https://app.test', now())`,
  `insert into connect_links (id, tenant_id, account_id, connected_at, options, return_url, expires_at)
   values ('lnk_of', $1, $2, now(), '{}', 'https://app.test', now())`,
];

beforeAll(async () => {
  world = await startWorld();
  ref = await world.addAccount();
  for (const sql of [...addThings, addSql]) await world.pool.query(sql, [ref.tenantId, ref.accountId]);
});
afterAll(() => world?.stop());

const hold = (isHeld: boolean) =>
  world.pool.query("update accounts set held_at = case when $2 then now() end where id = $1", [
    ref.accountId,
    isHeld,
  ]);
async function run(isDryRun: boolean): Promise<number | undefined> {
  const { signal } = new AbortController();
  const scope = new RetentionScope({ now: new Date(), tenantId: null, isDryRun, signal });
  await removeRows(world.pool, rule, scope);
  return scope.removed().counts.auditEntries;
}

it("a dry run leaves out what names an account that is held, in whatever way, as the run does", async () => {
  expect(await run(true)).toBe(7);
  await hold(true);
  expect([await run(true), await run(false), await run(true)]).toEqual([1, 1, undefined]);
  await hold(false);
  expect(await run(true)).toBe(6);
});

it("a dry run looks up what entries name only where an account is held", async () => {
  /** How each look at a sync that an entry may name went. */
  const looks = async (): Promise<boolean[]> => {
    const values = [new Date(), rule.days, null, rule.days, beginning.since, beginning.place];
    const explain = `explain (analyze, costs off, timing off, summary off) ${countSql(rule, { rows: 50, removed: 50 })}`;
    const { rows } = await world.pool.ofAll().query<{ "QUERY PLAN": string }>(explain, values);
    const scans = rows.map((row) => row["QUERY PLAN"]).filter((line) => /Scan.* on syncs\b/.test(line));
    return scans.map((line) => !line.includes("never executed"));
  };
  expect(await looks()).toEqual([false]);
  await hold(true);
  expect(await looks()).toEqual([true]);
});
