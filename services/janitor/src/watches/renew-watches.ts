import { derivedSyncId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { Account } from "@millrace/shared/postgres/load-account";
import type { PushProvider } from "@millrace/shared/providers/mail-provider";
import { type ReconcilerPorts, unlessItFails } from "../reconcile/reconciler-ports.ts";
import { claimDueWatches, type DueWatch } from "./claim-due-watches.ts";
import { decideRenewal, type RenewalDecision } from "./decide-renewal.ts";

export interface WatchPorts
  extends Pick<ReconcilerPorts, "pool" | "log" | "nowMs" | "append" | "publishRequest"> {
  readonly provider: PushProvider;
  /** Null when the account is gone. */
  readonly loadAccount: (ref: AccountRef) => Promise<Account | null>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Watches that one turn sets: ten thousand new accounts take an hour, and no provider notices. */
const watchesPerRun = 40;
const concurrency = 4;

const settleSql = `
  update watches set due_at = $2, credentials_version = $3, attempts = $4, failure = $5, failure_told = $6,
    expires_at = coalesce($7, expires_at),
    renewed_at = case when $7::timestamptz is null then renewed_at else $8 end,
    status = case when $7::timestamptz is null then status
      -- A notification may have come meanwhile.
      when $9 = 'silent' and status = 'silent' then 'silent' else 'active' end
  where account_id = $1`;

/**
 * Sets the watches that are due: of accounts that were connected, or connected again, and of those whose day is over.
 * A fact is appended before the row is written, so that none is missing; a crash in between tells it twice.
 *
 * @returns how many were set
 */
export async function renewWatches(ports: WatchPorts, signal: AbortSignal): Promise<number> {
  const due = [...(await claimDueWatches(ports.pool, watchesPerRun))];
  let renewed = 0;
  const work = async (): Promise<void> => {
    for (let watch = due.shift(); watch !== undefined && !signal.aborted; watch = due.shift()) {
      const { tenantId, accountId } = watch;
      const isSet = await unlessItFails(ports, { tenantId, accountId }, () =>
        renewWatch(ports, watch as DueWatch, signal),
      );
      if (isSet === true) renewed++;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return renewed;
}

async function renewWatch(ports: WatchPorts, watch: DueWatch, signal: AbortSignal): Promise<boolean> {
  const { tenantId, accountId } = watch;
  const ref = { tenantId, accountId };
  const account = await ports.loadAccount(ref);
  if (account === null) return false; // its row has gone with it
  const result = await ports.provider.connect(account).watch(signal);
  const isOfTheseCredentials = watch.credentialsVersion === account.credentialsVersion;
  const decision = decideRenewal(
    {
      accountId,
      isSet: (watch.status === "active" || watch.status === "silent") && isOfTheseCredentials,
      expiresAtMs: watch.expiresAt?.getTime() ?? null,
      isSilent: watch.status === "silent",
      attempts: isOfTheseCredentials ? watch.attempts : 0,
      isFailureTold: isOfTheseCredentials && watch.isFailureTold,
      watermark: watch.watermark,
    },
    result,
    { nowMs: ports.nowMs(), random: ports.random() },
  );
  await carryOut(ports, ref, decision);
  const attempts = result.ok ? 0 : (isOfTheseCredentials ? watch.attempts : 0) + 1;
  await settle(ports, ref, decision, account.credentialsVersion, attempts);
  return result.ok;
}

async function carryOut(
  { append, publishRequest, nowMs, log }: WatchPorts,
  ref: AccountRef,
  { fact, eventId, catchUpTo, failure }: RenewalDecision,
): Promise<void> {
  if (fact !== null) await append({ kind: "append", ref, eventId, expectedSeq: null, fact });
  if (failure !== null) log.warn({ event: "watch.failed", ...ref, ...failure }, "a watch could not be set");
  if (catchUpTo === null) return;
  const syncId = derivedSyncId(ref, "watch", catchUpTo);
  await publishRequest(ref, {
    syncId,
    mode: "auto",
    trigger: "push",
    requestedAt: new Date(nowMs()).toISOString(),
  });
}

async function settle(
  { pool, nowMs }: WatchPorts,
  { tenantId, accountId }: AccountRef,
  { dueAtMs, failure, isFailureTold, renewed }: RenewalDecision,
  credentialsVersion: number,
  attempts: number,
): Promise<void> {
  const now = new Date(nowMs());
  await pool
    .of(tenantId)
    .query(settleSql, [
      accountId,
      new Date(dueAtMs),
      credentialsVersion,
      attempts,
      failure === null ? null : JSON.stringify({ ...failure, at: now.toISOString() }),
      isFailureTold,
      renewed === null ? null : new Date(renewed.expiresAtMs),
      now,
      renewed?.status ?? null,
    ]);
}
