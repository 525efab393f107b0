import type { AccountCourse } from "@millrace/shared/events/account-course";
import { readFactIfAny } from "@millrace/shared/events/read-fact";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { CourseAt } from "@millrace/shared/state/sync-state";
import { sweepRemoved } from "../removal/claim-removals.ts";
import { decideRestore, type KnownCourse } from "./decide-restore.ts";
import { type ReconcilerPorts, unlessItFails } from "./reconciler-ports.ts";
import { readEnded, readUnended } from "./unended-syncs.ts";

const epochSql = `
  select epoch from checkpoints
  where name = 'projector' and epoch > 1 and not exists (select from restorations r where r.epoch = checkpoints.epoch)`;

const epochDoneSql = `insert into restorations (epoch) values ($1) on conflict do nothing`;

/**
 * The newest fact about each account's syncs that an earlier log had. An account that was set right is left out: what
 * it was then may have been undone since.
 */
const knownSql = `
  select distinct on (account_id)
    tenant_id as "tenantId", account_id as "accountId", id, seq::float8 as seq, happened_at as "happenedAt", fact,
    version
  from events
  where epoch < $1 and fact ? 'course' and not exists (
    select from events restored
    where restored.account_id = events.account_id and restored.epoch = $1
      and restored.type = 'account.restored' and restored.fact ->> 'reason' = $2)
  order by account_id, epoch desc, seq desc`;

interface Known extends AccountRef {
  readonly id: string;
  readonly seq: number;
  readonly happenedAt: Date;
  readonly fact: unknown;
  readonly version: number;
}

/**
 * After the log was lost, or restored from an older copy (the projector has begun a new epoch): sets right the course
 * of every account of which the log lacks what Postgres knows. Runs until it has gone through once without failure.
 *
 * @returns how many accounts were restored
 */
export async function restoreEpoch(ports: ReconcilerPorts): Promise<number> {
  const { rows } = await ports.pool.ofNobody().query<{ epoch: number }>(epochSql);
  const epoch = rows[0]?.epoch;
  if (epoch === undefined) return 0;
  const reason = `the log of epoch ${epoch} lacks it`;
  const known = await ports.pool.ofAll().query<Known>(knownSql, [epoch, reason]);
  let restored = 0;
  let failed = 0;
  for (const account of known.rows) {
    const done = await unlessItFails(ports, { "account.id": account.accountId }, async () => {
      // The log still has this fact where it was: it lost nothing of this account.
      if ((await ports.eventIdAt(account.seq)) === account.id) return false;
      return restoreAccount(ports, account, knownCourseOf(account), reason);
    });
    if (done === null) failed++;
    else if (done) restored++;
  }
  await sweepRemoved(ports.pool);
  if (failed === 0) await ports.pool.ofNobody().query(epochDoneSql, [epoch]);
  ports.log.error({ event: "reconciler.epoch_restored", epoch, restored, failed }, "the log was set right");
  return restored;
}

/** Syncs that the projection knows and the log does not, although the projection has read all that the log has. */
const orphansSql = `
  select distinct s.tenant_id as "tenantId", s.account_id as "accountId"
  from syncs s
  where s.ended_at is null and s.status in ('running', 'queued', 'paused')
    and s.created_at <= now() - make_interval(secs => $1)
  limit 10000`;

const checkpointSql = `select seq::float8 as seq, stream_created as "streamCreated" from checkpoints where name = 'projector'`;

/**
 * @param readCreated when the log was created, as the broker writes it. Read after the course: a log that was lost in
 *   between is not this one, and what the projection has still to apply of the old one must not count as lost.
 */
export async function restoreOrphans(
  ports: ReconcilerPorts,
  readCreated: () => Promise<string>,
): Promise<number> {
  const { rows } = await ports.pool.ofAll().query<AccountRef>(orphansSql, [ports.idleSeconds]);
  let restored = 0;
  for (const account of rows) {
    const done = await unlessItFails(ports, { "account.id": account.accountId }, async () => {
      const at = await ports.state.course(account);
      if (!(await hasProjected(ports, at, await readCreated()))) return false;
      return restoreAccount(ports, account, null, "the log does not know a sync that has not ended", at);
    });
    if (done === true) restored++;
  }
  return restored;
}

async function hasProjected(
  { pool }: ReconcilerPorts,
  { seq }: CourseAt,
  streamCreated: string,
): Promise<boolean> {
  const { rows } = await pool.ofNobody().query<{ seq: number; streamCreated: string }>(checkpointSql);
  const [checkpoint] = rows;
  return checkpoint !== undefined && checkpoint.streamCreated === streamCreated && checkpoint.seq >= seq;
}

async function restoreAccount(
  ports: ReconcilerPorts,
  { tenantId, accountId }: AccountRef,
  known: KnownCourse | null,
  reason: string,
  read?: CourseAt,
): Promise<boolean> {
  const ref = { tenantId, accountId };
  const { course: logged, seq } = read ?? (await ports.state.course(ref));
  const [unended, ended] = await Promise.all([
    readUnended(ports.pool, ref),
    readEnded(ports.pool, ref, syncIdsUnderWay(logged)),
  ]);
  const nowMs = ports.nowMs();
  const restored = decideRestore({ known, logged, unended, ended, nowMs });
  if (restored === null) return false;
  const appended = await ports.append({
    kind: "append",
    ref,
    eventId: `${accountId}.restored.${nowMs}`,
    expectedSeq: seq,
    fact: {
      type: "account.restored",
      reason,
      restored: [...restored.syncIds],
      course: restored.course,
    },
  });
  // The account moves meanwhile: it is looked at again in the next turn.
  if (appended === "conflict") throw new Error(`The course of ${accountId} moved while it was restored`);
  ports.log.error(
    { event: "reconciler.restored", "account.id": accountId, syncs: restored.syncIds, reason },
    "syncs that the log had lost go on",
  );
  return true;
}

function knownCourseOf({ fact: json, version, happenedAt }: Known): KnownCourse | null {
  const fact = readFactIfAny(json, version);
  return fact !== null && "course" in fact ? { course: fact.course, atMs: happenedAt.getTime() } : null;
}

function syncIdsUnderWay({ active, waiting }: AccountCourse): string[] {
  return [...(active === null ? [] : [active]), ...waiting].map(({ syncId }) => syncId);
}
