import type { Queries } from "@millrace/shared/postgres/create-pool";
import { ApiProblem, notFound } from "../http/problem.ts";
import type { Account } from "../resources/account.ts";
import { findAccount } from "./get-account.ts";

/**
 * An account whose mail may be read.
 *
 * @throws {ApiProblem} not_found, also for another tenant's, and for one that is being removed
 */
export async function findKeptAccount(
  database: Queries,
  tenantId: string,
  accountId: string,
): Promise<Account> {
  const account = await findAccount(database, tenantId, accountId);
  if (account.status === "removing") throw notFound("account", "/v1/accounts");
  return account;
}

/** Why nothing could be changed of an account: there is none, or it is being removed. */
export async function whyUnchanged(
  database: Queries,
  tenantId: string,
  accountId: string,
): Promise<ApiProblem> {
  const account = await findAccount(database, tenantId, accountId).catch((error: unknown) => {
    if (error instanceof ApiProblem) return error;
    throw error;
  });
  return account instanceof ApiProblem ? account : accountRemoving();
}

export const accountRemoving = (): ApiProblem =>
  new ApiProblem(
    "account_removing",
    "The account is being removed, with everything that is held on it. Its mailbox can be connected as a new account when " +
      "GET /v1/accounts/:id answers 404.",
  );
