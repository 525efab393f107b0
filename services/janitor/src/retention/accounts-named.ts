/** What an id may name, by its prefix, and whose that is. Each is one look by a key; what is gone is nobody's any more. */
const named: readonly { readonly prefix: string; readonly accountsSql: string }[] = [
  { prefix: "syn", accountsSql: "select account_id from syncs where id = it.id" },
  { prefix: "syn", accountsSql: "select account_id from sync_requests where sync_id = it.id" },
  {
    prefix: "lnk",
    accountsSql: "select unnest(array[target_account_id, account_id]) from connect_links where id = it.id",
  },
  { prefix: "dl", accountsSql: "select account_id from dead_letters where id = it.id" },
  { prefix: "ver", accountsSql: "select account_id from verifications where id = it.id" },
  { prefix: "msg", accountsSql: "select account_id from messages where id = it.id" },
];

const lookups = named
  .map(({ prefix, accountsSql }) => `union all ${accountsSql} and starts_with(it.id, '${prefix}_')`)
  .join("\n      ");

/**
 * The accounts that an entry `r` of the audit trail is about, as `text[]`: those that the ids in its address and of what was made
 * name, or whose the things are that they name.
 */
export const accountsNamed = `array(
    select of_one.account_id
    from (select value from jsonb_each_text(r.params) union all select r.made_id) as it (id)
    cross join lateral (
      select it.id
      ${lookups}
    ) as of_one (account_id)
    where of_one.account_id is not null
  )`;
