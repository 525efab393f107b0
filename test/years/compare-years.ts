import type { Expectation, Kind } from "./expectation.ts";
import type { YearsWorld } from "./years-world.ts";

/** What there is of each kind, as keys. */
const keysSql: Readonly<Record<Kind, string>> = {
  syncs: "select id as key from syncs",
  chunks: "select sync_id || '/' || chunk_index as key from chunks",
  letters: "select sync_id || '/' || ordinal as key from dead_letters",
  letterContents: "select account_id || '/' || provider_id as key from dead_letter_contents",
  syncEvents: "select id as key from events where sync_id is not null",
  messages: "select account_id || '/' || provider_id as key from messages",
  attachments:
    "select account_id || '/' || provider_id || '/' || part_id as key from attachments where sha256 is not null",
  tombstones: "select account_id || '/' || provider_id as key from tombstones",
  requests: "select sync_id as key from sync_requests",
  notes: "select id as key from events where sync_id is null",
  auditEntries: "select id as key from audit_entries",
  webhooks: "select id as key from webhook_deliveries",
  connectLinks: "select id as key from connect_links",
};

/** Rows of which only the age is known: none may be older than so many days. */
const oldestSql = `
  select 'activity' as name, min(to_timestamp(minute * 60)) as at, 9 as days from activity_minutes
  union all select 'retention runs', min(requested_at), 90 from retention_runs
  union all select 'retention runs of tenants', min(ended_at), 90 from retention_run_tenants`;

const dayMs = 86_400_000;
const namedMax = 5;

/** Everything that is gone although it must be there, and there although it must be gone. In words, for whoever reads them. */
export async function compareYears(
  { database, janitorBlobs, nowMs }: YearsWorld,
  expected: Expectation,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const [kind, sql] of Object.entries(keysSql) as [Kind, string][]) {
    const { rows } = await database.query<{ key: string }>(sql);
    wrong.push(...differences(kind, new Set(rows.map(({ key }) => key)), expected.of(kind)));
  }
  const blobs = new Map<string, number>();
  for await (const { sha256, sizeBytes } of janitorBlobs.list()) blobs.set(sha256, sizeBytes);
  wrong.push(...differences("blobs", blobs, expected.contents));
  for (const [sha256, { sizeBytes }] of expected.contents)
    if (blobs.has(sha256) && blobs.get(sha256) !== sizeBytes) wrong.push(`blobs: ${sha256} has another size`);
  const { rows } = await database.query<{ name: string; at: Date | null; days: number }>(oldestSql);
  for (const { name, at, days } of rows) {
    if (at === null) wrong.push(`${name}: there are none`);
    else if (nowMs() - at.getTime() > days * dayMs) wrong.push(`${name}: one is of ${at.toISOString()}`);
  }
  return wrong;
}

type Keys = { has(key: string): boolean; keys(): Iterable<string> };

function differences(kind: string, found: Keys, expected: Keys): string[] {
  const missing = [...expected.keys()].filter((key) => !found.has(key));
  const left = [...found.keys()].filter((key) => !expected.has(key));
  const tell = (keys: readonly string[], what: string): string[] =>
    keys.length === 0
      ? []
      : [`${kind}: ${keys.length} ${what}, for example ${keys.slice(0, namedMax).join(", ")}`];
  return [...tell(missing, "gone before their time"), ...tell(left, "there after their time")];
}
