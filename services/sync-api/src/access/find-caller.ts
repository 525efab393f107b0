import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import type { Logger } from "@millrace/shared/runtime/create-logger";
import type { BrowserCaller, Caller, KeyCaller } from "./caller.ts";
import { isAliveKey } from "./is-alive-key.ts";
import type { OperatorKeys } from "./operator-keys.ts";
import { hashSecret, kindOfSecret } from "./secret.ts";

export interface CallerPorts {
  readonly pool: SweepingPool;
  readonly operatorKeys: OperatorKeys;
  readonly log: Logger;
}

const keySql = `
  select id, tenant_id as "tenantId", scopes, (extract(epoch from expires_at) * 1000)::float8 as "expiresAtMs",
    coalesce(last_used_at < now() - interval '1 minute', true) as "isUseOld"
  from api_keys
  where key_hash = $1 and ${isAliveKey("api_keys")}`;

/** A token is worth what its key is worth now. */
const tokenSql = `
  select t.id, t.tenant_id as "tenantId", t.key_id as "keyId", t.sync_id as "syncId",
    (extract(epoch from least(t.expires_at, k.expires_at)) * 1000)::float8 as "expiresAtMs"
  from browser_tokens t join api_keys k on k.id = t.key_id
  where t.token_hash = $1 and t.expires_at > now()
    and ${isAliveKey("k")} and 'read' = any(k.scopes)`;

const usedSql = "update api_keys set last_used_at = now() where id = $1";

/**
 * Who shows this secret; null: nobody that is known. It is looked up each time, so that what was revoked is refused at
 * once.
 */
export async function findCaller(ports: CallerPorts, secret: string): Promise<Caller | null> {
  switch (kindOfSecret(secret)) {
    case "operator":
      return ports.operatorKeys.find(secret);
    case "key":
      return findKey(ports, secret);
    case "browser":
      return findToken(ports, secret);
    case null:
      return null;
  }
}

async function findKey({ pool, log }: CallerPorts, secret: string): Promise<KeyCaller | null> {
  const { rows } = await pool.ofAll().query<Omit<KeyCaller, "kind"> & { readonly isUseOld: boolean }>({
    name: "find-api-key",
    text: keySql,
    values: [hashSecret(secret)],
  });
  const [row] = rows;
  if (row === undefined) return null;
  const { isUseOld, ...key } = row;
  if (isUseOld) {
    // Nobody waits for it, and a request is not refused because it could not be noted.
    pool
      .ofAll()
      .query(usedSql, [key.id])
      .catch((err) => log.warn({ err }, "the use of a key was not noted"));
  }
  return { kind: "key", ...key };
}

const endedSql = `select tenant_id as "tenantId" from browser_tokens where token_hash = $1`;

/** Whose token for browsers it is or was; null: nobody knows it. They are known for a day after their end. */
export async function tenantOfToken(pool: SweepingPool, secret: string): Promise<string | null> {
  if (kindOfSecret(secret) !== "browser") return null;
  const { rows } = await pool.ofAll().query<{ tenantId: string }>({
    name: "find-ended-token",
    text: endedSql,
    values: [hashSecret(secret)],
  });
  return rows[0]?.tenantId ?? null;
}

async function findToken({ pool }: CallerPorts, secret: string): Promise<BrowserCaller | null> {
  const { rows } = await pool.ofAll().query<Omit<BrowserCaller, "kind">>({
    name: "find-browser-token",
    text: tokenSql,
    values: [hashSecret(secret)],
  });
  return rows[0] === undefined ? null : { kind: "browser", ...rows[0] };
}
