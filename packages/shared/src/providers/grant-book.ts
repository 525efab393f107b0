import type { AccountRef } from "../events/subjects.ts";

/**
 * Remembers which credentials were seen to open their account's own mailbox, for all processes and their successors. It is
 * a memory that may be lost: the provider is asked again then. Throws the store's own errors.
 */
export interface GrantBook {
  /** @param grant a hash of the account's address and its credential; accounts are loaded with it from then on */
  note(ref: AccountRef, grant: string): Promise<void>;
}
