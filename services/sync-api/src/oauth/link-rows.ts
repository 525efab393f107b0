import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { ConnectLink, ConnectLinkRequest } from "../resources/connect-link.ts";
import { isoOf, isoOrNull } from "../resources/time.ts";
import { type ConnectFailure, connectFailures } from "./connect-failure.ts";
import type { Ticket } from "./ticket.ts";

export const linkMinutes = 15;

/** What is kept of a request for a link, beside its addresses. */
export type LinkOptions = Pick<ConnectLinkRequest, "access" | "content" | "attachments" | "schedule"> & {
  readonly loginHint: string | null;
};

export interface NewLink extends Ticket {
  readonly returnUrl: string;
  readonly options: LinkOptions;
  readonly targetAccountId: string | null;
}

interface LinkRow {
  readonly id: string;
  readonly returnUrl: string;
  readonly options: LinkOptions;
  readonly accountId: string | null;
  readonly syncId: string | null;
  readonly receipt: string | null;
  readonly failure: ConnectFailure | null;
  readonly failedAt: Date | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly connectedAt: Date | null;
  readonly isExpired: boolean;
}

const columns = `
  id, return_url as "returnUrl", options, account_id as "accountId", sync_id as "syncId", receipt, failure, failed_at as "failedAt",
  created_at as "createdAt", expires_at as "expiresAt", connected_at as "connectedAt", expires_at <= now() as "isExpired"`;

const insertSql = `
  insert into connect_links (id, tenant_id, return_url, options, target_account_id, expires_at)
  values ($1, $2, $3, $4, $5, now() + interval '${linkMinutes} minutes')
  returning ${columns}`;

export async function insertLink(pool: Pool, link: NewLink): Promise<ConnectLink> {
  const values = [link.id, link.tenantId, link.returnUrl, JSON.stringify(link.options), link.targetAccountId];
  const { rows } = await pool.of(link.tenantId).query<LinkRow>(insertSql, values);
  return linkOf(rows[0] as LinkRow);
}

const findSql = `select ${columns} from connect_links where tenant_id = $1 and id = $2`;

export async function findLink(pool: Pool, { tenantId, id }: Ticket): Promise<ConnectLink | null> {
  const { rows } = await pool.of(tenantId).query<LinkRow>(findSql, [tenantId, id]);
  const [row] = rows;
  return row === undefined ? null : linkOf(row);
}

const failSql = `
  update connect_links set failure = $3, failed_at = now() where tenant_id = $1 and id = $2 and account_id is null`;

/** Notes why an attempt has failed, for whoever asks what came of the link. */
export async function noteFailure(pool: Pool, { tenantId, id }: Ticket, why: ConnectFailure): Promise<void> {
  await pool.of(tenantId).query(failSql, [tenantId, id, why]);
}

function linkOf(row: LinkRow): ConnectLink {
  const { id, returnUrl, options, accountId, syncId, receipt, failure, failedAt } = row;
  return {
    id,
    status: accountId !== null ? "connected" : row.isExpired ? "expired" : "open",
    accountId,
    syncId,
    receipt,
    failure:
      failure === null || failedAt === null
        ? null
        : { code: failure, message: connectFailures[failure], at: isoOf(failedAt) },
    access: options.access,
    returnUrl,
    createdAt: isoOf(row.createdAt),
    expiresAt: isoOf(row.expiresAt),
    connectedAt: isoOrNull(row.connectedAt),
  };
}
