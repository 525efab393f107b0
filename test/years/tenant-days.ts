import type { AccountRef } from "@millrace/shared/events/subjects";
import type { Expectation } from "./expectation.ts";
import type { YearsWorld } from "./years-world.ts";

const hourMs = 3_600_000;
const entriesPerDay = 2;

const entriesSql = `
  insert into audit_entries (id, tenant_id, actor_kind, actor_id, method, route, params, request_id, address)
  select id, tenant_id, 'key', 'key_1', 'POST', '/v1/syncs', '{}', 'r', '127.0.0.1'
  from unnest($1::text[], $2::text[]) as e (id, tenant_id)`;
const endpointsSql = `
  insert into webhook_endpoints (id, tenant_id, url, events, sealed_secret)
  select 'whe_' || id, id, 'https://example.com', '{sync.completed}', '' from tenants where id = any($1)`;
const deliveriesSql = `
  insert into webhook_deliveries (id, tenant_id, endpoint_id, type, body, state)
  select id, tenant_id, 'whe_' || tenant_id, 'sync.completed', '{}', 'delivered'
  from unnest($1::text[], $2::text[]) as d (id, tenant_id)`;
const linksSql = `
  insert into connect_links (id, tenant_id, return_url, options, expires_at)
  select id, tenant_id, 'https://example.com', '{}', now() + interval '1 hour'
  from unnest($1::text[], $2::text[]) as l (id, tenant_id)`;
const requestsSql = `
  insert into sync_requests (sync_id, tenant_id, account_id, body_hash, request)
  select sync_id, tenant_id, account_id, 'x', '{}'
  from unnest($1::text[], $2::text[], $3::text[]) as r (sync_id, tenant_id, account_id)`;

export const addEndpoints = ({ database }: YearsWorld, tenantIds: readonly string[]) =>
  database.query(endpointsSql, [tenantIds]);

/** What a day leaves of each tenant beside its syncs: who asked for what, what endpoints were told, links to connect. */
export async function liveTenantDay(
  { database, nowMs }: YearsWorld,
  expected: Expectation,
  tenantIds: readonly string[],
  day: number,
  auditDays: number,
): Promise<void> {
  const each = (prefix: string, count: number) =>
    tenantIds.flatMap((tenantId) =>
      Array.from({ length: count }, (_, n) => ({ key: `${prefix}_${tenantId}_${day}_${n}`, tenantId })),
    );
  const columns = (rows: readonly { key: string; tenantId: string }[]) => [
    rows.map(({ key }) => key),
    rows.map(({ tenantId }) => tenantId),
  ];
  const [entries, deliveries, links] = [each("aud", entriesPerDay), each("whm", 1), each("lnk", 1)];
  await database.query(entriesSql, columns(entries));
  await database.query(deliveriesSql, columns(deliveries));
  await database.query(linksSql, columns(links));
  const since = { accountId: null, sinceMs: nowMs() };
  for (const row of entries)
    expected.keep({ kind: "auditEntries", ...row, ...since, period: "auditDays", days: auditDays });
  for (const row of deliveries)
    expected.keep({ kind: "webhooks", ...row, ...since, period: "webhookDeliveriesDays", days: 30 });
  for (const row of links)
    expected.keep({
      kind: "connectLinks",
      ...row,
      ...since,
      sinceMs: nowMs() + hourMs,
      period: "connectLinksDays",
      days: 1,
    });
}

/** Requests of a day: one of them became no sync, the others the sync of their account, with which they go. */
export async function askForSyncs(
  { database, nowMs }: YearsWorld,
  expected: Expectation,
  asked: readonly { readonly ref: AccountRef; readonly syncId: string | null }[],
  day: number,
): Promise<void> {
  const rows = asked.map(({ ref, syncId }) => ({
    ref,
    syncId: syncId ?? `syn_refused_${ref.accountId}_${day}`,
  }));
  await database.query(requestsSql, [
    rows.map(({ syncId }) => syncId),
    rows.map(({ ref }) => ref.tenantId),
    rows.map(({ ref }) => ref.accountId),
  ]);
  for (const { ref, syncId } of rows) {
    const request = { kind: "requests", key: syncId, ...ref, sinceMs: nowMs() } as const;
    const sync = expected.of("syncs").get(syncId);
    if (sync !== undefined) expected.keepWith(sync, { ...request, period: null, days: 0, parts: [] });
    else expected.keep({ ...request, period: "finishedSyncsDays", days: 30 });
  }
}
