import type { Millrace } from "@millrace/client";

/** As many as a person follows with his eyes; more are asked for again. */
const addressesMax = 5_000;

export interface AddressBook {
  /** The address of an account's mailbox; its id where that cannot be had, of an account that was removed for example. */
  of(accountId: string): Promise<string>;
}

/** Each account is asked for once. */
export function createAddressBook(millrace: Millrace): AddressBook {
  const known = new Map<string, Promise<string>>();
  const ask = (accountId: string): Promise<string> =>
    millrace.accounts.get(accountId).then(
      ({ email }) => email,
      () => accountId,
    );
  return {
    of: (accountId) => {
      const found = known.get(accountId) ?? ask(accountId);
      if (known.size >= addressesMax) known.clear();
      known.set(accountId, found);
      return found;
    },
  };
}
