/**
 * The part `current` of a statement about the account $2 of the tenant $1: the mark of its newest baseline. It is held until
 * the statement is through: who takes the next baseline waits for it.
 */
export const currentBaselineSql = `current as materialized (
  select mark from mailbox_baselines where tenant_id = $1 and account_id = $2 for share
)`;
