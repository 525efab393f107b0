import type { Queries } from "../postgres/create-pool.ts";

/** What one statement removes: a mailbox of millions must not run into the statement timeout. */
const rowsMax = 20_000;
const statementsMax = 10_000;

const sql = `
  delete from verification_messages
  where ctid = any(array(
    select ctid from verification_messages where verification_id = $1 and (not $2 or finding is null) limit ${rowsMax}
  ))`;

/** @returns false while there may be more */
export async function forgetSome(client: Queries, verificationId: string): Promise<boolean> {
  const { rowCount } = await client.query(sql, [verificationId, false]);
  return (rowCount ?? 0) < rowsMax;
}

/** Removes what was noted of the messages of a verification that has ended, with or without its findings. */
export async function forgetMessages(
  database: Queries,
  verificationId: string,
  what: "all" | "all_but_findings",
): Promise<void> {
  for (let statements = 0; statements < statementsMax; statements++) {
    const { rowCount } = await database.query(sql, [verificationId, what === "all_but_findings"]);
    if ((rowCount ?? 0) < rowsMax) return;
  }
}
