import { newId } from "@millrace/shared/events/identifiers";
import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import { hashSecret, hintOf } from "./access/secret.ts";

/** The key is another tenant's; says nothing of the key itself. */
export class BootstrapKeyError extends Error {
  readonly code = "bootstrap_key";
  constructor(tenantId: string) {
    super(`MILLRACE_BOOTSTRAP_KEY is the key of another tenant than ${tenantId}; choose another one`);
    this.name = "BootstrapKeyError";
  }
}

const tenantSql = "insert into tenants (id, name) values ($1, $1) on conflict (id) do nothing";
const keySql = `
  insert into api_keys (id, tenant_id, name, key_hash, hint, scopes)
  values ($1, $2, 'bootstrap', $3, $4, '{read,write,admin}')
  on conflict (key_hash) do nothing`;
/** What the tenant has said since then stays. */
const returnSql = "update tenants set return_urls = $2 where id = $1 and return_urls = '{}'";
const ownerSql = `select tenant_id as "tenantId" from api_keys where key_hash = $1`;

/**
 * Makes sure that the tenant and its key exist. Safe in several copies at once; a key that was revoked stays
 * revoked.
 *
 * @param returnUrls where people may be sent back to, until the tenant says so itself
 * @throws {BootstrapKeyError}
 */
export async function bootstrapTenant(
  pool: SweepingPool,
  tenantId: string,
  key: string,
  returnUrls?: readonly string[],
): Promise<void> {
  const keyHash = hashSecret(key);
  await pool.of(tenantId).query(tenantSql, [tenantId]);
  await pool.of(tenantId).query(keySql, [newId("key"), tenantId, keyHash, hintOf(key)]);
  const { rows } = await pool.ofAll().query<{ tenantId: string }>(ownerSql, [keyHash]);
  if (rows[0]?.tenantId !== tenantId) throw new BootstrapKeyError(tenantId);
  if (returnUrls !== undefined) await pool.of(tenantId).query(returnSql, [tenantId, returnUrls]);
}
