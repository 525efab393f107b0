import type { Outsider } from "@millrace/shared/nats/permissions";

/** The name of another service, for the demo. */
export const demoOutsider = "demo";

/** It may ask for syncs of the tenant that the first start makes, and follow its mail. */
export const outsiderOf = (tenantId: string): Outsider => ({
  name: demoOutsider,
  asks: [tenantId],
  follows: [tenantId],
});
