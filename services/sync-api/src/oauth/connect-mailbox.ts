import { randomBytes } from "node:crypto";
import { newId } from "@millrace/shared/events/identifiers";
import type { AcceptedRequest } from "@millrace/shared/events/sync-request";
import type { Queries } from "@millrace/shared/postgres/create-pool";
import { inTransaction } from "@millrace/shared/postgres/in-transaction";
import type { Credentials } from "@millrace/shared/postgres/load-account";
import type { FastifyBaseLogger } from "fastify";
import { findAccountOfMailbox, type GivenConsent, insertAccount } from "../accounts/insert-account.ts";
import { reconnectAccount, storeCredentials } from "../accounts/reconnect-account.ts";
import type { ApiPorts } from "../api.ts";
import { saveRequest } from "../syncs/save-request.ts";
import type { TakenAttempt } from "./attempt-rows.ts";
import type { ConnectFailure } from "./connect-failure.ts";

/** What the provider says of a mailbox whose owner has consented. */
interface GrantedMailbox extends Credentials, Pick<GivenConsent, "consentEndsAt"> {
  readonly email: string;
}

export type ConnectedMailbox = Pick<Connected, "accountId" | "receipt">;

/** What is committed, or nothing of it. */
interface Connected {
  readonly accountId: string;
  /** Shows the tenant's server that a browser is the one that has consented. */
  readonly receipt: string;
  readonly isNew: boolean;
  /** The account's first sync, to be published. */
  readonly request: AcceptedRequest | null;
}

/**
 * Makes the account of a mailbox, or gives the one that the tenant has new credentials. Account, credentials, the link's
 * end and the request for a first sync are one transaction. What follows goes to the log: when that fails (the broker
 * is away), the janitor publishes the request, and finds that the mailbox can be read again.
 */
export async function connectMailbox(
  ports: ApiPorts,
  attempt: TakenAttempt,
  granted: GrantedMailbox,
  log: FastifyBaseLogger,
): Promise<ConnectedMailbox | ConnectFailure> {
  const connected = await inTransaction(ports.pool.of(attempt.link.tenantId), (client) =>
    write(client, ports, attempt, granted),
  );
  if (typeof connected === "string") return connected;
  const { accountId, receipt, isNew, request } = connected;
  const { tenantId } = attempt.link;
  const about = { tenantId, accountId, linkId: attempt.link.id, isNew, syncId: request?.syncId };
  log.info({ event: "connect.connected", ...about }, "a mailbox was connected");
  try {
    const ref = { tenantId, accountId };
    if (!isNew) await reconnectAccount(ports, ref, attempt.attempt.id);
    if (request !== null) await ports.publishRequest(ref, request);
  } catch (error) {
    log.warn(
      { event: "connect.later", ...about, err: error },
      "connected; what follows is left to the janitor",
    );
  }
  return { accountId, receipt };
}

const lockSql = `
  select account_id is not null as "isUsed" from connect_links where tenant_id = $1 and id = $2 for update`;

const endSql = `
  update connect_links set account_id = $3, connected_at = now(), sync_id = $4, receipt = $5, failure = null, failed_at = null
  where tenant_id = $1 and id = $2`;

async function write(
  client: Queries,
  { keyring }: ApiPorts,
  attempt: TakenAttempt,
  { email, refreshToken, consentEndsAt }: GrantedMailbox,
): Promise<Connected | ConnectFailure> {
  const { link, options } = attempt;
  const { tenantId } = link;
  const { rows } = await client.query<{ isUsed: boolean }>(lockSql, [tenantId, link.id]);
  // A link goes with the account that it was to connect again.
  if (rows[0] === undefined) return "account_gone";
  if (rows[0].isUsed) return "link_used";

  const given = { credentials: { refreshToken }, consentEndsAt };
  const mailbox = { provider: "gmail", email } as const;
  const known = (await findAccountOfMailbox(client, tenantId, mailbox))?.id ?? null;
  if (attempt.targetAccountId !== null && known !== attempt.targetAccountId) return "other_mailbox";
  let accountId = known ?? newId("acc");
  const { content, attachments, schedule } = options;
  const account = { ...mailbox, content, attachments, schedule, ...given };
  const isNew = known === null && (await insertAccount(client, keyring, { tenantId, accountId }, account));
  if (!isNew) {
    // Of two that connect the same mailbox at once, the second one has waited for the first, and finds its account.
    accountId = known ?? (await findAccountOfMailbox(client, tenantId, mailbox))?.id ?? "";
    const isKnown = await storeCredentials(client, keyring, { tenantId, accountId }, given);
    if (!isKnown) return "account_removing";
  }
  const request = await saveFirstRequest(client, attempt, accountId);
  const receipt = randomBytes(16).toString("base64url");
  await client.query(endSql, [tenantId, link.id, accountId, request?.syncId ?? null, receipt]);
  return { accountId, receipt, isNew, request };
}

const askedSql = `
  select exists (select from sync_requests where tenant_id = $1 and account_id = $2)
    or exists (select from syncs where tenant_id = $1 and account_id = $2) as "wasAsked"`;

/** Writes down the first sync of an account that nobody has asked a sync for yet; null where somebody has. */
async function saveFirstRequest(
  client: Queries,
  { attempt }: TakenAttempt,
  accountId: string,
): Promise<AcceptedRequest | null> {
  const { tenantId } = attempt;
  const { rows } = await client.query<{ wasAsked: boolean }>(askedSql, [tenantId, accountId]);
  if (rows[0]?.wasAsked !== false) return null;
  const saved = await saveRequest(client, tenantId, { accountId, mode: "full" }, `connect\n${attempt.id}`);
  return saved.request;
}
