import DataLoader from "dataloader";
import type { AccountRef } from "../events/subjects.ts";
import type { Pool } from "./create-pool.ts";

const accountsPerStatement = 100;

/** A prepared statement over `wantedAccounts`, ordered by `place`: a row for each account that is asked for. */
export interface ByAccount {
  readonly name: string;
  readonly text: string;
}

/** What such a statement reads from: the accounts' columns are null where the tenant has no such account. */
export const wantedAccounts = `
  unnest($1::text[], $2::text[]) with ordinality as wanted (tenant_id, id, place)
  left join accounts on accounts.id = wanted.id and accounts.tenant_id = wanted.tenant_id`;

/** @returns a row for each of the accounts, in their order */
export async function readByAccount<Row extends object>(
  pool: Pool,
  { name, text }: ByAccount,
  refs: readonly AccountRef[],
): Promise<Row[]> {
  const tenantIds = refs.map(({ tenantId }) => tenantId);
  const values = [tenantIds, refs.map(({ accountId }) => accountId)];
  return (await pool.ofTenants(new Set(tenantIds)).query<Row>({ name, text, values })).rows;
}

/** Reads the row of one account; what is wanted at the same moment is asked for with one statement. */
export function readerByAccount<Row extends object>(
  pool: Pool,
  statement: ByAccount,
): (ref: AccountRef) => Promise<Row> {
  const read = (refs: readonly AccountRef[]) => readByAccount<Row>(pool, statement, refs);
  const rows = new DataLoader(read, { cache: false, maxBatchSize: accountsPerStatement });
  return (ref) => rows.load(ref);
}
