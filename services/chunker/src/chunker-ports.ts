import { type AccountCourse, idleCourse } from "@millrace/shared/events/account-course";
import type { CourseFact } from "@millrace/shared/events/facts";
import type { AccountRef } from "@millrace/shared/events/subjects";
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

/**
 * An account's course with the sequence of the fact that carries it. The log forgets facts by age; what then
 * remains of an idle account is its watermark, which the projection holds.
 */
export async function readCourse(
  { eventLog, pool }: Pick<ChunkerPorts, "eventLog" | "pool">,
  ref: AccountRef,
): Promise<{ course: AccountCourse; courseSeq: number }> {
  const last = await eventLog.lastCourseFact(ref);
  if (last !== null) return { course: (last.event.fact as CourseFact).course, courseSeq: last.seq };
  const { rows } = await pool.query<{ watermark: string | null }>(watermarkSql, [
    ref.tenantId,
    ref.accountId,
  ]);
  return { course: { ...idleCourse, watermark: rows[0]?.watermark ?? null }, courseSeq: 0 };
}
