import { type Account, type Millrace, MillraceError, type Sync } from "@millrace/client";
import { findAccount } from "../api/find-account.ts";

/** More are counted as so many or more. */
export const openLettersMax = 200;

/** A mailbox with what a person asks next. */
export interface AccountDetails {
  readonly account: Account;
  /** What its newest copy is by; null: there is none, or nothing is known of it any more. */
  readonly lastSync: Sync | null;
  /** Messages that are set aside, at most `openLettersMax`. */
  readonly openLetters: number;
}

/** @throws CommandError when there is no such account; MillraceError */
export async function readAccount(millrace: Millrace, name: string): Promise<AccountDetails> {
  return detailsOf(millrace, await findAccount(millrace, name));
}

/** @throws MillraceError */
export async function detailsOf(millrace: Millrace, account: Account): Promise<AccountDetails> {
  const { id: accountId, lastSyncId } = account;
  const [lastSync, letters] = await Promise.all([
    lastSyncId === null ? null : syncOrNull(millrace, lastSyncId),
    millrace.deadLetters.list({ accountId, state: "open", limit: openLettersMax }).page(),
  ]);
  return { account, lastSync, openLetters: letters.items.length };
}

/** Old syncs are forgotten in time. */
async function syncOrNull(millrace: Millrace, id: string): Promise<Sync | null> {
  try {
    return await millrace.syncs.get(id);
  } catch (error) {
    if (error instanceof MillraceError && error.status === 404) return null;
    throw error;
  }
}
