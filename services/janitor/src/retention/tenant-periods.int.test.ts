import type { AccountRef } from "@millrace/shared/events/subjects";
import { type PeriodName, periodNames, periodRanges } from "@millrace/shared/retention/tenant-periods";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { usualRetention } from "../testing/usual-retention.ts";
import { defaultPeriodsOf } from "./default-periods-of.ts";
import { RetentionScope } from "./retention-scope.ts";
import { retentionTasks, rowRules } from "./retention-tasks.ts";

const tasks = retentionTasks(usualRetention);
const everybodys = defaultPeriodsOf(usualRetention);
let world: TestWorld;
let ref: AccountRef;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());
beforeEach(async () => {
  await world.pool.query("update tenants set retention = '{}'");
  ref = await world.addAccount();
});

/** Of the account's tenant. */
async function run(task: keyof typeof tasks): Promise<Readonly<Record<string, number>>> {
  const { signal } = new AbortController();
  const scope = new RetentionScope({ now: new Date(), tenantId: null, isDryRun: false, signal });
  await tasks[task]({ ...world.ports, blobs: undefined as never }, scope);
  return scope.removedByTenant().get(ref.tenantId)?.counts ?? {};
}
const own = (name: PeriodName, days: number) =>
  world.pool.query("update tenants set retention = jsonb_build_object($1::text, $2::integer)", [name, days]);

type Add = (id: string, days: number) => Promise<unknown>;
const addSql: Readonly<Record<string, string>> = {
  tombstones: `insert into tombstones (provider_id, tenant_id, account_id, buried_at)
    values ($1, $2, $3, now() - make_interval(days => $4))`,
  labels: `insert into removed_labels (id, tenant_id, account_id, removed_at, relieved_at)
    values ($1, $2, $3, now() - make_interval(days => $4), now())`,
  verifications: `insert into verifications (id, tenant_id, account_id, repair, position, status, requested_at, ended_at)
    values ($1, $2, $3, false, '{}', 'completed', now(), now() - make_interval(days => $4))`,
  connectLinks: `insert into connect_links (id, tenant_id, return_url, options, expires_at)
    select $1, $2, $3, '{}', now() - make_interval(days => $4)`,
  retentionRuns: `insert into retention_run_tenants (run_id, tenant_id, task, dry_run, started_at, ended_at, removed, bytes)
    values ($1, $2, $3, false, now(), now() - make_interval(days => $4), '{}', 0)`,
  browserTokens: `with k as (
      insert into api_keys (id, tenant_id, name, key_hash, scopes) values ($1, $2, $3, $1::text::bytea, '{read}') returning id)
    insert into browser_tokens (id, tenant_id, key_id, token_hash, expires_at)
    select $1, $2, k.id, $1::text::bytea, now() - make_interval(days => $4) from k`,
  notes: `with state as (
      insert into account_states (account_id, tenant_id, status, epoch, seq) values ($3, $2, 'connected', 9, 9)
      on conflict do nothing)
    insert into events (epoch, seq, id, tenant_id, account_id, type, source, happened_at, fact)
    values (1, $4::integer, $1, $2, $3, 'account.reconnected', 'test', now() - make_interval(days => $4::integer), '{"course": {}}')`,
};
const adding =
  (kind: string): Add =>
  (id, days) =>
    world.pool.query(addSql[kind] ?? "", [id, ref.tenantId, ref.accountId, days]);

describe("a period of a tenant's own", () => {
  it.each([
    ["tracesDays", "traces", "tombstones"],
    ["tracesDays", "traces", "labels"],
    ["verificationsDays", "verifications", "verifications"],
    ["connectLinksDays", "connect-links", "connectLinks"],
    ["browserTokensDays", "browser-tokens", "browserTokens"],
    ["retentionRunsDays", "retention-runs", "retentionRuns"],
    ["accountStatesDays", "notes", "notes"],
  ] as const)("%s holds for %s (%s), longer or shorter than everybody's", async (name, task, kind) => {
    const add = adding(kind);
    const days = everybodys[name];
    const { min } = periodRanges[name];
    await add(`${kind}_old`, days + 5);
    await add(`${kind}_young`, min + 1);
    await add(`${kind}_newest`, 0);
    await own(name, days + 10);
    expect(await run(task)).toEqual({});
    await own(name, days + 3);
    expect(await run(task)).toEqual({ [kind]: 1 });
    await own(name, min);
    // Where everybody's is the least that may be, there is nothing between them.
    expect(await run(task)).toEqual({ [kind]: 1 });
    expect(await run(task)).toEqual({});
  });

  it("is there for each rule over rows", () => {
    const ruled = Object.values(rowRules(usualRetention)).flat();
    expect(ruled.filter(({ period }) => !periodNames.includes(period))).toEqual([]);
  });

  it("has everybody's between its own bounds", () => {
    for (const name of periodNames) {
      const { min, max } = periodRanges[name];
      expect([name, everybodys[name] >= min && everybodys[name] <= max]).toEqual([name, true]);
    }
  });
});
