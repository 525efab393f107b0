import type { AccountRef, EndpointRef } from "../events/subjects.ts";

/** What sealed text is bound to: it opens nowhere else. */
export const credentialsSeal = ({ tenantId, accountId }: AccountRef): string => `${tenantId}/${accountId}`;
export const accessTokenSeal = (ref: AccountRef): string => `${credentialsSeal(ref)}/access-token`;
export const webhookSecretSeal = ({ tenantId, endpointId }: EndpointRef): string =>
  `${tenantId}/${endpointId}/webhook-secret`;
