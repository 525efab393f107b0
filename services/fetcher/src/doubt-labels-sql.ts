/**
 * Notes labels that messages bear from now on and that nobody has seen in the mailbox yet: if the next look does not find
 * them there, they were deleted. $1 is the tenant, $2 the account.
 *
 * @param borne what to select from; it has a column `label`
 */
export const doubtLabelsSql = (borne: string): string => `
  insert into removed_labels (account_id, id, tenant_id, removed_at)
  select distinct $2, label, $1, now() from ${borne}
  where not exists (select from labels where account_id = $2 and id = label)
  order by label
  on conflict do nothing`;
