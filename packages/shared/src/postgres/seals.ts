import type { AccountRef } from "../events/subjects.ts";

/** What sealed text is bound to: it opens nowhere else. */
export const credentialsSeal = ({ tenantId, accountId }: AccountRef): string => `${tenantId}/${accountId}`;
export const accessTokenSeal = (ref: AccountRef): string => `${credentialsSeal(ref)}/access-token`;
