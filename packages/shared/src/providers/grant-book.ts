import type { AccountRef } from "../events/subjects.ts";

/**
 * Remembers which credentials were seen to open their account's own mailbox, for all processes and their successors. It is
 * a memory that may be lost: the provider is asked again then. Both methods throw the store's own errors.
 */
export interface GrantBook {
  /** @param grant a hash of the account's address and its credential */
  knows(ref: AccountRef, grant: string): Promise<boolean>;
  note(ref: AccountRef, grant: string): Promise<void>;
}
