/** The setting `millrace.tenants`, an array as Postgres writes it: whose rows a transaction sees. */
export function tenantsOf(tenantIds: Iterable<string>): string {
  const quoted = [...tenantIds].map((id) => `"${id.replaceAll(/["\\]/g, "\\$&")}"`);
  return `{${quoted.join(",")}}`;
}

/** Those of all tenants, for roles that may. No tenant is called so, and one that were would be quoted. */
export const allTenants = "{*}";
