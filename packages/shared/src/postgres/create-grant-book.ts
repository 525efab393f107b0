import type { GrantBook } from "../providers/grant-book.ts";
import type { Pool } from "./create-pool.ts";

const noteSql = `
  update access_tokens set own_grant = $3
  where tenant_id = $1 and account_id = $2 and own_grant is distinct from $3`;

/** Beside the access tokens in Postgres. Of an account that has no token yet nothing is remembered. */
export function createGrantBook(pool: Pool): GrantBook {
  return {
    async note({ tenantId, accountId }, grant) {
      await pool
        .of(tenantId)
        .query({ name: "note-grant", text: noteSql, values: [tenantId, accountId, grant] });
    },
  };
}
