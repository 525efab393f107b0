import { type AccountCourse, idleCourse } from "@millrace/shared/events/account-course";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { Nats } from "@millrace/shared/nats/connect-nats";
import type { EventLog } from "@millrace/shared/nats/event-log";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { Keyring } from "@millrace/shared/postgres/keyring";
import type { Account } from "@millrace/shared/postgres/load-account";
import type { MailProvider, ProviderSession } from "@millrace/shared/providers/mail-provider";
import type { SyncDefaults } from "./decide-request.ts";

/** What the chunker's steps reach the world through. */
export interface ChunkerPorts {
  readonly pool: Pool;
  readonly keyring: Keyring;
  readonly eventLog: EventLog;
  readonly nats: Nats;
  readonly provider: MailProvider;
  readonly defaults: SyncDefaults;
}

export const openSession = ({ provider }: ChunkerPorts, account: Account): ProviderSession =>
  provider.connect({
    accountId: account.accountId,
    email: account.email,
    refreshToken: account.refreshToken,
  });

const watermarkSql = `select watermark from account_states where tenant_id = $1 and account_id = $2`;

const endedSql = `select from syncs where tenant_id = $1 and account_id = $2 and id = $3 and ended_at is not null`;

/**
 * True when a sync of this id has run or ended before: the course remembers only the last ones, and a request may
 * be published again after any time (rule I4).
 */
export async function hasRunBefore(
  { eventLog, pool }: Pick<ChunkerPorts, "eventLog" | "pool">,
  ref: AccountRef,
  syncId: string,
): Promise<boolean> {
  if ((await eventLog.lastPage(ref, syncId)).fact !== null) return true;
  const { rowCount } = await pool.query(endedSql, [ref.tenantId, ref.accountId, syncId]);
  return rowCount !== 0;
}

/**
 * An account's course with the sequence of the fact that carries it. The log forgets facts by age; what then
 * remains of an idle account is its watermark, which the projection holds.
 */
export async function readCourse(
  { eventLog, pool }: Pick<ChunkerPorts, "eventLog" | "pool">,
  ref: AccountRef,
): Promise<{ course: AccountCourse; courseSeq: number }> {
  const last = await eventLog.lastCourseFact(ref);
  if (last.fact !== null) return { course: last.fact.course, courseSeq: last.seq };
  const { rows } = await pool.query<{ watermark: string | null }>(watermarkSql, [
    ref.tenantId,
    ref.accountId,
  ]);
  return { course: { ...idleCourse, watermark: rows[0]?.watermark ?? null }, courseSeq: last.seq };
}
