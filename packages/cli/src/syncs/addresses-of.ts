import type { Millrace, Sync } from "@millrace/client";
import { createAddressBook } from "../tail/address-book.ts";

/** The mailboxes' addresses of syncs, by their accounts' ids: what a person knows them by. */
export async function addressesOf(
  millrace: Millrace,
  syncs: readonly Sync[],
): Promise<ReadonlyMap<string, string>> {
  const book = createAddressBook(millrace);
  const addresses = new Map<string, string>();
  for (const { accountId } of syncs) {
    if (!addresses.has(accountId)) addresses.set(accountId, await book.of(accountId));
  }
  return addresses;
}
