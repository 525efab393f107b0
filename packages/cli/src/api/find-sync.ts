import { type Account, type Millrace, MillraceError, type Sync } from "@millrace/client";
import { CommandError } from "../program/exit-codes.ts";
import { findAccount, similarAddresses } from "./find-account.ts";

/** What a sync may be called on the command line. */
export const syncArgument = "a sync's id; or an account, for the one that it has under way, else its newest";

const isAccount = (name: string): boolean => name.includes("@") || name.startsWith("acc_");

/**
 * The sync that a person means: itself, or what an account has under way, else the newest that it had.
 *
 * @throws CommandError when there is none; MillraceError
 */
export async function findSyncId(millrace: Millrace, name: string): Promise<string> {
  return isAccount(name) ? newestOf(millrace, await findAccount(millrace, name)) : name;
}

async function newestOf(millrace: Millrace, { id, email, activeSyncId }: Account): Promise<string> {
  if (activeSyncId !== null) return activeSyncId;
  const { items } = await millrace.syncs.list({ accountId: id, limit: 1 }).page();
  const [newest] = items;
  if (newest === undefined)
    throw new CommandError(`${email} has no sync yet; \`millrace sync ${email}\` asks for one.`);
  return newest.id;
}

/** The account or the sync of that name. */
export async function findAccountOrSync(
  millrace: Millrace,
  name: string,
): Promise<{ readonly account: Account } | { readonly sync: Sync }> {
  if (isAccount(name)) return { account: await findAccount(millrace, name) };
  try {
    return { sync: await millrace.syncs.get(name) };
  } catch (error) {
    if (!(error instanceof MillraceError && error.status === 404)) throw error;
    const similar = name.startsWith("syn_") ? [] : await similarAddresses(millrace, name);
    const hint =
      similar.length === 0
        ? "`millrace syncs ls` lists them; an account is named by its address or by acc_…."
        : `Did you mean ${similar.map(({ email }) => email).join(", ")}?`;
    const what = name.startsWith("syn_") ? "no sync" : "no mailbox and no sync";
    throw new CommandError(`There is ${what} "${name}". ${hint}`, { cause: error });
  }
}
