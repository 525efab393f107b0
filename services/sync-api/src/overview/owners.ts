import type { Scope, SweepingPool } from "@millrace/shared/postgres/create-pool";

/** Whose things a statement is about: one tenant's; null: everybody's, as an operator asks. */
export type Whose = string | null;

/**
 * A relation `owners (id)`, to join what is asked for with: so one text serves both, by the same indexes, which begin with the
 * tenant. $1 is the tenant's id.
 */
export const ownersSql = `
  owners (id) as materialized (
    select $1::text where $1::text is not null
    union all
    select id from tenants where $1::text is null
  )`;

export const scopeOf = (pool: SweepingPool, whose: Whose): Scope =>
  whose === null ? pool.ofAll() : pool.of(whose);

/** Of a request: operators have no tenant. */
export const whoseOf = ({ tenantId }: { readonly tenantId: string }): Whose =>
  tenantId === "" ? null : tenantId;
