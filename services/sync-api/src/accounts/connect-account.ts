import { newId } from "@millrace/shared/events/identifiers";
import { sealCredentials } from "@millrace/shared/postgres/load-account";
import { firstRunMs } from "@millrace/shared/schedules/first-run";
import type { Api, ApiPorts } from "../api.ts";
import { ApiProblem, problemResponses } from "../http/problem.ts";
import { accountRequestSchema, accountSchema } from "../resources/account.ts";
import { findAccount } from "./get-account.ts";

/** One mailbox of a tenant is one account, however its address is written. */
const insertSql = `
  with connected as (
    insert into accounts (id, tenant_id, provider, email, content, attachments, sealed_credentials)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict do nothing
    returning id, tenant_id
  )
  insert into schedules (account_id, tenant_id, schedule, next_run_at)
  select id, tenant_id, $8::jsonb, $9::timestamptz from connected`;

const findSql = `
  select id, removing_at is not null as "isRemoving" from accounts where tenant_id = $1 and provider = $2 and mailbox_key(email) = mailbox_key($3)`;

/** Connects a mailbox. Its credentials are sealed before they reach the database, and never come back. */
export function connectAccount(app: Api, { pool, keyring }: ApiPorts): void {
  app.post(
    "/v1/accounts",
    {
      schema: {
        summary: "Connect a mailbox",
        tags: ["accounts"],
        body: accountRequestSchema,
        response: { 201: accountSchema, ...problemResponses },
      },
    },
    async ({ tenantId, body: { provider, email, content, attachments, schedule, credentials } }, reply) => {
      const accountId = newId("acc");
      const sealed = sealCredentials(keyring, { tenantId, accountId }, credentials);
      const nextRunMs = firstRunMs(schedule, Date.now(), Math.random());
      const nextRunAt = nextRunMs === null ? null : new Date(nextRunMs);
      const planned = [JSON.stringify(schedule), nextRunAt];
      const values = [accountId, tenantId, provider, email, content, attachments, sealed, ...planned];
      const { rowCount } = await pool.query(insertSql, values);
      if (rowCount === 0) {
        const { rows } = await pool.query<Holder>(findSql, [tenantId, provider, email]);
        throw alreadyConnected(rows[0]);
      }
      reply.code(201).header("location", `/v1/accounts/${accountId}`);
      return findAccount(pool, tenantId, accountId);
    },
  );
}

/** The account that has the mailbox. */
interface Holder {
  readonly id: string;
  readonly isRemoving: boolean;
}

function alreadyConnected(holder: Holder | undefined): ApiProblem {
  if (holder === undefined) return new ApiProblem("account_exists", "The mailbox was connected already.");
  const { id: accountId, isRemoving } = holder;
  return isRemoving
    ? new ApiProblem(
        "account_removing",
        `The mailbox is that of account ${accountId}, which is being removed. It can be connected again when that is done: ` +
          `GET /v1/accounts/${accountId} answers 404 then.`,
        { extras: { accountId } },
      )
    : new ApiProblem(
        "account_exists",
        `The mailbox is connected as account ${accountId}. POST /v1/accounts/${accountId}/credentials takes new credentials for it.`,
        { extras: { accountId } },
      );
}
