import { type Account, type Millrace, MillraceError } from "@millrace/client";
import { CommandError } from "../program/exit-codes.ts";

/** What an account may be called on the command line. */
export const accountArgument = "an account's id, or its mailbox's address";

/**
 * The account that a person means.
 *
 * @param name an id, or an address in any case
 * @throws CommandError when there is none, with those whose address looks like it; MillraceError
 */
export async function findAccount(millrace: Millrace, name: string): Promise<Account> {
  if (!name.includes("@")) return byId(millrace, name);
  const exact = await millrace.accounts.list({ email: name, limit: 1 }).page();
  const [first] = exact.items;
  if (first !== undefined) return first;
  const others = await similarAddresses(millrace, name);
  const sameInOtherCase = others.find(({ email }) => email.toLowerCase() === name.toLowerCase());
  if (sameInOtherCase !== undefined) return sameInOtherCase;
  const hint =
    others.length === 0
      ? `\`millrace connect ${name}\` connects it, \`millrace accounts ls\` shows those that are.`
      : `Did you mean ${others.map(({ email }) => email).join(", ")}?`;
  throw new CommandError(`No mailbox ${name} is connected. ${hint}`);
}

/** Its id alone: an id is taken as it is. */
export async function accountIdOf(millrace: Millrace, name: string): Promise<string> {
  return name.includes("@") ? (await findAccount(millrace, name)).id : name;
}

async function byId(millrace: Millrace, id: string): Promise<Account> {
  try {
    return await millrace.accounts.get(id);
  } catch (error) {
    if (error instanceof MillraceError && error.status === 404)
      throw new CommandError(
        `There is no account "${id}". Name it by its mailbox's address, or look at \`millrace accounts ls\`.`,
        { cause: error },
      );
    throw error;
  }
}

/** As many as are worth looking through for a misspelt address. */
const lookedAtMax = 2_000;
const shownMax = 3;

/** Mailboxes whose address begins as that one does; or is it, in another case. */
export async function similarAddresses(millrace: Millrace, name: string): Promise<Account[]> {
  const wanted = name.toLowerCase();
  const [local = ""] = wanted.split("@");
  const found: Account[] = [];
  let seen = 0;
  for await (const account of millrace.accounts.list({ limit: 200 })) {
    const email = account.email.toLowerCase();
    if (email === wanted) return [account];
    if (local.length > 1 && email.split("@")[0] === local) found.push(account);
    if (++seen >= lookedAtMax) break;
  }
  return found.slice(0, shownMax);
}
