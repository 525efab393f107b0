import pg from "pg";
import type { DemoWorld } from "./demo-world.ts";

/** Has the consent to a mailbox end in so many hours, as its provider would have said. */
export async function endConsentSoon(
  { millrace: { databaseUrl } }: DemoWorld,
  email: string,
  hours: number,
): Promise<void> {
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  try {
    await database.query(
      "update accounts set consent_ends_at = now() + make_interval(hours => $2) where email = $1",
      [email, hours],
    );
  } finally {
    await database.end();
  }
}
