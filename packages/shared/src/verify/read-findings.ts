import type { AccountRef } from "../events/subjects.ts";
import type { Pool } from "../postgres/create-pool.ts";

const sql = `
  select f.provider_id as id
  from verifications v join verification_messages f on f.verification_id = v.id
  where v.id = $1 and v.tenant_id = $2 and v.account_id = $3 and f.finding is not null and f.provider_id > $4
  order by f.provider_id
  limit $5`;

/** One page of ids, in the form of a provider's listing. */
export interface FindingsPage {
  readonly ids: readonly string[];
  /** Goes on after this page; null: it is the last one. */
  readonly nextPageToken: string | null;
}

/** What a verification found: missing, extra and changed messages, each id once. */
export async function readFindings(
  pool: Pool,
  ref: AccountRef,
  verificationId: string,
  pageToken: string | null,
  idsMax: number,
): Promise<FindingsPage> {
  const values = [verificationId, ref.tenantId, ref.accountId, pageToken ?? "", idsMax + 1];
  const { rows } = await pool.of(ref.tenantId).query<{ id: string }>(sql, values);
  const ids = rows.slice(0, idsMax).map(({ id }) => id);
  return { ids, nextPageToken: rows.length > idsMax ? (ids.at(-1) ?? null) : null };
}
