import { type Keyring, KeyringError } from "@millrace/shared/postgres/keyring";

/** What a link or a state names: a row of one tenant. */
export interface Ticket {
  readonly tenantId: string;
  readonly id: string;
}

type TicketKind = "connect-link" | "connect-state";

/**
 * A ticket as text for an address: encrypted and authenticated with the keyring's key, so that it can be neither made nor
 * altered nor read elsewhere, and one kind is never taken for the other. It says of which tenant it is before a database
 * is asked.
 */
export function sealTicket(keyring: Keyring, kind: TicketKind, { tenantId, id }: Ticket): string {
  return keyring.seal(JSON.stringify([tenantId, id]), kind);
}

/** Null for what is not sealed by us as a ticket of this kind. */
export function openTicket(keyring: Keyring, kind: TicketKind, text: string): Ticket | null {
  try {
    const [tenantId, id] = JSON.parse(keyring.open(text, kind)) as [string, string];
    return { tenantId, id };
  } catch (error) {
    if (error instanceof KeyringError) return null;
    throw error;
  }
}
