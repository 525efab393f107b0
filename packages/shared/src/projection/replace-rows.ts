import type { PoolClient } from "../postgres/create-pool.ts";
import { isCompared, type ViewPair } from "./compare-views.ts";

/**
 * Makes a live view equal to the rebuilt one, by writing the rows that differ and no others. The tables stay what
 * they are, with their indexes, privileges and policies; whoever reads meanwhile sees the view as it was before
 * the transaction, and then as it is after it, without waiting.
 */
export async function replaceRows(client: PoolClient, pair: ViewPair): Promise<void> {
  await client.query(deleteSql(pair));
  await client.query(writeSql(pair));
}

function deleteSql(pair: ViewPair): string {
  const { live, rebuilt } = pair;
  const { key } = pair.table;
  const sameKey = key.map((column) => `rebuilt.${column} = live.${column}`).join(" and ");
  return `
    delete from ${live} as live
    where not exists (select from ${rebuilt} as rebuilt where ${sameKey}) and ${isCompared(pair, "live")}`;
}

function writeSql(pair: ViewPair): string {
  const { live, rebuilt } = pair;
  const { key, columns } = pair.table;
  const changing = columns.filter((column) => !key.includes(column));
  const sameKey = key.map((column) => `rebuilt.${column} = live.${column}`).join(" and ");
  return `
    insert into ${live} (${columns.join(", ")})
    select ${columns.map((column) => `rebuilt.${column}`).join(", ")}
    from ${rebuilt} as rebuilt left join ${live} as live on ${sameKey}
    where (live.${key[0]} is null or row(live.*) is distinct from row(rebuilt.*)) and ${isCompared(pair, "rebuilt")}
    on conflict (${key.join(", ")}) do update set
      ${changing.map((column) => `${column} = excluded.${column}`).join(", ")}`;
}
