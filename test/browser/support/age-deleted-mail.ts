import pg from "pg";
import type { DemoWorld } from "./demo-world.ts";

/** Has messages of an account be deleted in its mailbox, and that long ago. @returns how many bytes they are */
export async function ageDeletedMail(
  { millrace: { client, databaseUrl }, simulator, messageIds }: DemoWorld,
  { accountId, email, count, days }: { accountId: string; email: string; count: number; days: number },
): Promise<number> {
  await simulator.control.deleteMessages(email, (await messageIds(email)).slice(0, count));
  await client.waitForEnd(await client.requestSync(accountId), 60_000);
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  try {
    const { rows } = await database.query<{ bytes: number }>(
      `with aged as (
         update messages set deleted_at = now() - make_interval(days => $2::integer)
         where account_id = $1 and deleted_at is not null returning size_bytes
       )
       select sum(size_bytes)::float8 as bytes from aged`,
      [accountId, days],
    );
    return rows[0]?.bytes ?? 0;
  } finally {
    await database.end();
  }
}
