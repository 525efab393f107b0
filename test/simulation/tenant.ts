/** All accounts of the simulated world are of one tenant: that tenants are apart is tested elsewhere. */
export const tenantId = "t";
