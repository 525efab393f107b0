import type pg from "pg";
import type { MillraceClient } from "../../test/support/millrace-client.ts";
import { createMailboxes } from "../harness/create-mailboxes.ts";
import { until } from "../harness/until.ts";

const queuedMsMax = 180_000;

/** The sync of a mailbox that is larger than there is time for. */
export interface BigSync {
  /** Ends it. @throws Error when it has ended already: then nothing was measured beside it */
  cancel(): Promise<void>;
}

/**
 * Asks for the sync of a mailbox that nobody has copied yet, and waits until so much of it is in the queue or worked on.
 *
 * @param queuedChunks its window: it never has more outstanding
 */
export async function startBigSync(
  { client, database, gmailUrl }: { client: MillraceClient; database: pg.Pool; gmailUrl: string },
  { email, messages, queuedChunks }: { email: string; messages: number; queuedChunks: number },
): Promise<BigSync> {
  await createMailboxes(gmailUrl, [email], messages);
  const syncId = await client.requestSync(await client.connectAccount(email, "metadata"));
  await until(() => hasListed(database, syncId, queuedChunks), 100, queuedMsMax);
  return {
    async cancel() {
      const { status } = await client.getSync(syncId);
      if (status !== "running") throw new Error(`The sync of the big mailbox is ${status}`);
      await client.json("POST", `/v1/syncs/${syncId}/cancel`, {});
      await client.waitForEnd(syncId);
    },
  };
}

/** What is listed and not settled fills the window, and work on it has begun. */
async function hasListed(database: pg.Pool, syncId: string, queuedChunks: number): Promise<boolean> {
  const { rowCount } = await database.query(
    "select from syncs where id = $1 and chunks_settled > 0 and chunks_listed - chunks_settled >= $2",
    [syncId, queuedChunks],
  );
  return rowCount === 1;
}
