import { newId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { TestPool } from "@millrace/shared/testing/create-test-pool";

/** A connected mailbox of a tenant, so that mail of it can be stored. */
export async function addAccount(pool: TestPool): Promise<AccountRef> {
  const ref = { tenantId: "acme", accountId: newId("acc") };
  await pool.query("insert into tenants (id, name) values ($1, 'Acme') on conflict do nothing", [
    ref.tenantId,
  ]);
  await pool.query(
    `insert into accounts (id, tenant_id, provider, email, sealed_credentials) values ($1, $2, 'gmail', $1, '')`,
    [ref.accountId, ref.tenantId],
  );
  return ref;
}
