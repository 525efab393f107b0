import { setTimeout as sleep } from "node:timers/promises";
import { newSyncId } from "@millrace/shared/events/identifiers";
import type { Nats } from "@millrace/shared/nats/connect-nats";
import { publishRequest } from "@millrace/shared/nats/publish-request";
import type pg from "pg";
import { createMailboxes } from "../harness/create-mailboxes.ts";
import { type BenchAccount, insertAccounts } from "../harness/insert-accounts.ts";
import { countStored, untilCompleted } from "../harness/sync-views.ts";

const completedMsMax = 900_000;

interface Place {
  readonly database: pg.Pool;
  readonly nats: Nats;
  readonly gmailUrl: string;
  readonly encryptionKeys: string;
}

interface Asked {
  readonly accounts: readonly BenchAccount[];
  readonly messages: number;
  /** When each request was published, in milliseconds since the epoch. */
  readonly publishedAtMs: ReadonlyMap<string, number>;
}

/** Tenants with a mailbox each, of the same size, of which each is copied anew as often as that is measured. */
export class SmallTenants {
  readonly #place: Place;
  #rounds = 0;

  constructor(place: Place) {
    this.#place = place;
  }

  /** Asks for one sync of each, so far apart, of mailboxes that nobody has copied yet. */
  async ask(count: number, messages: number, gapMs: number, chunkSize?: number): Promise<Asked> {
    const { database, nats, gmailUrl, encryptionKeys } = this.#place;
    const round = this.#rounds++;
    const mailboxes = Array.from({ length: count }, (_, n) => ({
      tenantId: `small${n}`,
      email: `r${round}@small${n}.test`,
    }));
    const emails = mailboxes.map(({ email }) => email);
    await createMailboxes(gmailUrl, emails, messages);
    const accounts = await insertAccounts(database, encryptionKeys, mailboxes, "metadata");
    const publishedAtMs = new Map<string, number>();
    const beganMs = Date.now();
    for (const [n, { tenantId, accountId }] of accounts.entries()) {
      await sleep(Math.max(0, beganMs + n * gapMs - Date.now()));
      const ref = { tenantId, accountId };
      publishedAtMs.set(accountId, Date.now());
      await publishRequest(nats, "bench", ref, {
        syncId: newSyncId(ref),
        mode: "auto",
        trigger: "event",
        requestedAt: new Date().toISOString(),
        ...(chunkSize === undefined ? {} : { chunkSize }),
      });
    }
    return { accounts, messages, publishedAtMs };
  }

  /**
   * Waits for all of them.
   *
   * @returns seconds from each tenant's request to the fact that its sync has completed, in the order of the tenants
   * @throws Error when one has not completed, or not all of the mail is stored
   */
  async secondsTaken({ accounts, messages, publishedAtMs }: Asked): Promise<readonly number[]> {
    const ids = accounts.map(({ accountId }) => accountId);
    const { database } = this.#place;
    await untilCompleted(database, ids, completedMsMax);
    const stored = await countStored(database, ids);
    if (stored !== ids.length * messages) throw new Error(`${stored} messages of small tenants are stored`);
    const { rows } = await database.query<{ id: string; endedAt: Date }>(
      `select account_id as id, ended_at as "endedAt" from syncs where account_id = any($1)`,
      [ids],
    );
    const endedAtMs = new Map(rows.map(({ id, endedAt }) => [id, endedAt.getTime()]));
    return ids.map((id) => ((endedAtMs.get(id) ?? Number.NaN) - (publishedAtMs.get(id) ?? 0)) / 1_000);
  }

  /** How much of each one's mail is stored now, in the order of the tenants. */
  async storedOfEach({ accounts }: Asked): Promise<readonly number[]> {
    const ids = accounts.map(({ accountId }) => accountId);
    const { rows } = await this.#place.database.query<{ id: string; count: number }>(
      "select account_id as id, count(*)::int as count from messages where account_id = any($1) group by account_id",
      [ids],
    );
    const counts = new Map(rows.map(({ id, count }) => [id, count]));
    return ids.map((id) => counts.get(id) ?? 0);
  }
}
