import { newId } from "@millrace/shared/events/identifiers";
import type { Api, ApiPorts } from "../api.ts";
import { ApiProblem, problemResponses } from "../http/problem.ts";
import { accountRequestSchema, accountSchema } from "../resources/account.ts";
import { checkCredentials } from "./check-credentials.ts";
import { findAccount } from "./get-account.ts";
import { findAccountOfMailbox, insertAccount, type MailboxHolder } from "./insert-account.ts";

/** Connects a mailbox. Its credentials are sealed before they reach the database, and never come back. */
export function connectAccount(app: Api, ports: ApiPorts): void {
  const { pool, keyring } = ports;
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
    async ({ tenantId, body: { check, ...body }, log }, reply) => {
      const consentEndsAt = check ? await checkCredentials(ports, body.credentials, body.email, log) : null;
      const accountId = newId("acc");
      const account = { ...body, consentEndsAt };
      if (!(await insertAccount(pool.of(tenantId), keyring, { tenantId, accountId }, account)))
        throw alreadyConnected(await findAccountOfMailbox(pool.of(tenantId), tenantId, body));
      reply.code(201).header("location", `/v1/accounts/${accountId}`);
      return findAccount(pool.of(tenantId), tenantId, accountId);
    },
  );
}

function alreadyConnected(holder: MailboxHolder | null): ApiProblem {
  if (holder === null) return new ApiProblem("account_exists", "The mailbox was connected already.");
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
