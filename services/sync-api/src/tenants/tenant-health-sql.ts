import { isRequestUnreached } from "@millrace/shared/postgres/is-request-unreached";
import { failedExplainedMax, requestsLookedAtMax, type TenantCondition } from "../resources/tenant-health.ts";
import { isFailingSql } from "../syncs/sync-rows.ts";

const failedLastDay = `
  from syncs s where s.tenant_id = t.id and s.status = 'failed' and s.ended_at > now() - interval '1 day'`;

const failedCategories = `
  select coalesce(jsonb_object_agg(category, many), '{}') from (
    select category, count(*) as many from (
      select coalesce(s.failure ->> 'category', 'unknown') as category ${failedLastDay}
      order by s.ended_at desc limit ${failedExplainedMax}
    ) as newest
    group by category
  ) as by_category`;

const waitingRequests = `
  select r.created_at from (
    select r.sync_id, r.created_at from sync_requests r
    where r.tenant_id = t.id and r.created_at > now() - interval '1 day'
    order by r.created_at desc, r.sync_id desc
    limit ${requestsLookedAtMax}
  ) as r
  where ${isRequestUnreached("r")}`;

const openLetters = "from dead_letters d where d.tenant_id = t.id and d.state = 'open'";
const toReconnect = `
  from account_states s join accounts a on a.id = s.account_id
  where s.tenant_id = t.id and s.status = 'reauth_required' and a.removing_at is null`;

const count = (condition: string): string => `count(*) filter (where ${condition})`;

/** Of a tenant `t`: one row with its `health`, as JSON. Each part is found by an index that begins with the tenant. */
export const tenantHealthSql = `
  select jsonb_build_object(
    'syncs', under_way.counts || jsonb_build_object('requested', asked.many),
    'oldestWaitingAt', least(under_way.oldest, asked.oldest),
    'failedLastDay', jsonb_build_object(
      'count', (select count(*) ${failedLastDay}), 'categories', (${failedCategories})
    ),
    'openDeadLetters', (select count(*) ${openLetters}),
    'accountsToReconnect', (select count(*) ${toReconnect})
  ) as health
  from (
    select min(s.created_at) filter (where s.status = 'queued') as oldest,
      jsonb_build_object(
        'queued', ${count("status = 'queued'")}, 'running', ${count("status = 'running'")},
        'paused', ${count("status = 'paused'")}, 'failing', ${count(isFailingSql)}
      ) as counts
    from syncs s where s.tenant_id = t.id and s.ended_at is null
  ) as under_way
  cross join (select count(*) as many, min(created_at) as oldest from (${waitingRequests}) as r) as asked`;

const hasSync = (condition: string): string =>
  `exists (select from syncs s where s.tenant_id = t.id and s.ended_at is null and s.${condition})`;

const parts = {
  waiting: `(${hasSync("status = 'queued'")} or exists (${waitingRequests}))`,
  running: hasSync("status = 'running'"),
  paused: hasSync("status = 'paused'"),
  failing: hasSync(isFailingSql),
  failed: `exists (select ${failedLastDay})`,
  dead_letters: `exists (select ${openLetters})`,
  reconnect: `exists (select ${toReconnect})`,
};

/** What a tenant `t` has to have. */
export const tenantConditionSql: Readonly<Record<TenantCondition, string>> = {
  ...parts,
  trouble: `(${[parts.failing, parts.failed, parts.dead_letters, parts.reconnect].join(" or ")})`,
};
