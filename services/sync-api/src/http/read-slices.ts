import type { Pool } from "@millrace/shared/postgres/create-pool";

/** What is in memory of a body at once, whatever it weighs (rule I10). */
const sliceBytes = 1024 ** 2;

/** The SQL that reads a slice of the column `raw`. $1 tenant, $2 account, $3 the provider's id, $4 where it begins */
export const sliceSql = (table: string): string => `
  select substring(raw from $4::integer for ${sliceBytes}) as slice from ${table}
  where tenant_id = $1 and account_id = $2 and provider_id = $3`;

/** @throws Error when the row is deleted meanwhile */
export async function* readSlices(
  pool: Pool,
  sql: string,
  key: readonly [tenantId: string, accountId: string, providerId: string],
  rawBytes: number,
): AsyncGenerator<Buffer> {
  for (let start = 0; start < rawBytes; start += sliceBytes) {
    const { rows } = await pool.of(key[0]).query<{ slice: Buffer }>(sql, [...key, start + 1]);
    const slice = rows[0]?.slice;
    if (slice === undefined) throw new Error("What was read was deleted meanwhile");
    yield slice;
  }
}
