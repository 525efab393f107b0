import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { Keyring } from "@millrace/shared/postgres/keyring";
import type { LinkOptions } from "./link-rows.ts";
import type { Ticket } from "./ticket.ts";

/** How long a person may take on the consent page. */
export const attemptMinutes = 10;
/** How often a link may be opened: more is no person. */
const attemptsMax = 20;

/** A link that is about to be opened. */
export interface OpenedLink {
  readonly returnUrl: string;
  readonly options: LinkOptions;
  readonly isUsed: boolean;
  readonly isExpired: boolean;
  readonly isWornOut: boolean;
  /** The tenant's list as it is now. */
  readonly returnUrls: readonly string[];
}

const openSql = `
  select l.return_url as "returnUrl", l.options, l.account_id is not null as "isUsed", l.expires_at <= now() as "isExpired",
    (select count(*) from connect_attempts a where a.tenant_id = $1 and a.link_id = l.id) >= ${attemptsMax} as "isWornOut",
    t.return_urls as "returnUrls"
  from connect_links l join tenants t on t.id = l.tenant_id
  where l.tenant_id = $1 and l.id = $2`;

/** Null when there is no such link any more. */
export async function openLink(pool: Pool, { tenantId, id }: Ticket): Promise<OpenedLink | null> {
  const { rows } = await pool.of(tenantId).query<OpenedLink>(openSql, [tenantId, id]);
  return rows[0] ?? null;
}

export interface NewAttempt extends Ticket {
  readonly linkId: string;
  readonly browserHash: Buffer;
  readonly verifier: string;
  readonly redirectUri: string;
}

const insertSql = `
  insert into connect_attempts (id, tenant_id, link_id, browser_hash, sealed_verifier, redirect_uri, expires_at)
  values ($1, $2, $3, $4, $5, $6, now() + interval '${attemptMinutes} minutes')`;

export async function insertAttempt(pool: Pool, keyring: Keyring, attempt: NewAttempt): Promise<void> {
  const { id, tenantId, linkId, browserHash, verifier, redirectUri } = attempt;
  const sealed = keyring.seal(verifier, sealedFor(attempt));
  await pool.of(tenantId).query(insertSql, [id, tenantId, linkId, browserHash, sealed, redirectUri]);
}

/** An attempt whose person has come back. Never log it. */
export interface TakenAttempt {
  readonly attempt: Ticket;
  readonly link: Ticket;
  readonly verifier: string;
  readonly redirectUri: string;
  readonly isExpired: boolean;
  readonly returnUrl: string;
  readonly returnUrls: readonly string[];
  readonly options: LinkOptions;
  readonly targetAccountId: string | null;
}

/** The state is good once: whoever comes second finds nothing. Another browser takes nothing from the right one. */
const takeSql = `
  update connect_attempts a set consumed_at = now()
  from connect_links l join tenants t on t.id = l.tenant_id
  where a.tenant_id = $1 and a.id = $2 and a.browser_hash = $3 and a.consumed_at is null
    and l.tenant_id = a.tenant_id and l.id = a.link_id
  returning a.link_id as "linkId", a.sealed_verifier as "sealedVerifier", a.redirect_uri as "redirectUri",
    a.expires_at <= now() as "isExpired", l.return_url as "returnUrl", l.options,
    l.target_account_id as "targetAccountId", t.return_urls as "returnUrls"`;

type Row = Omit<TakenAttempt, "attempt" | "link" | "verifier"> & {
  readonly linkId: string;
  readonly sealedVerifier: string;
};

/** Null when it was taken before, or was begun by another browser. */
export async function takeAttempt(
  pool: Pool,
  keyring: Keyring,
  attempt: Ticket,
  browserHash: Buffer,
): Promise<TakenAttempt | null> {
  const { rows } = await pool
    .of(attempt.tenantId)
    .query<Row>(takeSql, [attempt.tenantId, attempt.id, browserHash]);
  const [row] = rows;
  if (row === undefined) return null;
  const { linkId, sealedVerifier, ...taken } = row;
  const verifier = keyring.open(sealedVerifier, sealedFor(attempt));
  return { ...taken, attempt, link: { tenantId: attempt.tenantId, id: linkId }, verifier };
}

const sealedFor = ({ tenantId, id }: Ticket): string => `${tenantId}/${id}/verifier`;
