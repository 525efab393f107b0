import type { Outsider } from "@millrace/shared/nats/permissions";

/** The name of another service, for the demo. */
export const demoOutsider = "demo";

/** It may ask for syncs of the tenant that the first start makes, and follow its mail. */
export const outsiderOf = (tenantId: string): Outsider => ({
  name: demoOutsider,
  asks: [tenantId],
  follows: [tenantId],
});

/** The other services of a broker, with the demo's as it is for this tenant. */
export const withDemoOutsider = (before: readonly Outsider[], tenantId: string): readonly Outsider[] => [
  ...before.filter(({ name }) => name !== demoOutsider),
  outsiderOf(tenantId),
];
