import { noAccount, noTenant } from "@millrace/shared/events/identifiers";
import { createWorkQueue } from "@millrace/shared/nats/read-work-queue";
import { createTenantLine } from "@millrace/shared/postgres/create-tenant-line";
import { createSyncState } from "@millrace/shared/state/create-sync-state";
import { silentLogger } from "@millrace/shared/testing/silent-logger";
import type { ReconcilerPorts } from "../../services/janitor/src/reconcile/reconciler-ports.ts";
import { retentionTask } from "../../services/janitor/src/retention/keep-retention.ts";
import type { RetentionPorts } from "../../services/janitor/src/retention/retention-ports.ts";
import type { RetentionConfig } from "../../services/janitor/src/retention/retention-tasks.ts";
import { type Expectation, type Gone, partOf } from "./expectation.ts";
import type { Told, YearsWorld } from "./years-world.ts";

const orphanHours = 24;
const hourMs = 3_600_000;
/** A log that was lost tells of an account that was removed for so long: no tenant's own period goes below that. */
const remainderDaysMin = 40;

export const retentionConfig = (auditDays: number): RetentionConfig => ({
  RETENTION_SECONDS: 6 * 3_600,
  RETENTION_SCHEDULES: {},
  // What is due at the end of a month is more than a run's share of time on a slow machine.
  RETENTION_RUN_SECONDS: 86_400,
  RETENTION_RUN_ROWS: 100_000_000,
  RETAIN_DEAD_LETTERS_DAYS: 30,
  RETAIN_OPEN_LETTERS_DAYS: 180,
  RETAIN_IDEMPOTENCY_KEYS_DAYS: 30,
  RETAIN_FINISHED_SYNCS_DAYS: 30,
  RETAIN_FAILED_SYNCS_DAYS: 7,
  RETAIN_DELETED_DAYS: 30,
  RETAIN_ORPHANS_HOURS: orphanHours,
  RETAIN_AUDIT_DAYS: auditDays,
  RETAIN_WEBHOOKS_DAYS: 30,
  RETAIN_ACCOUNT_STATES_DAYS: 40,
  RETAIN_VERIFICATIONS_DAYS: 90,
  RETAIN_TRACES_DAYS: 7,
  RETAIN_CONNECT_LINKS_DAYS: 1,
  RETAIN_BROWSER_TOKENS_DAYS: 1,
  RETAIN_ACTIVITY_DAYS: 8,
  RETAIN_RUNS_DAYS: 90,
});

/** The janitor's ports in simulated time. While it waits for the projection, that goes on. */
export function janitorPorts(world: YearsWorld): RetentionPorts & ReconcilerPorts {
  const never = async (): Promise<never> => {
    throw new Error("retention asks for no work");
  };
  const ports: ReconcilerPorts = {
    pool: world.janitor,
    state: createSyncState(world.eventLog, world.janitor),
    queue: createWorkQueue(world.nats),
    line: createTenantLine(world.janitor),
    log: silentLogger,
    idleSeconds: 0,
    nowMs: world.nowMs,
    sleep: () => world.project(),
    append: world.append,
    enqueue: never,
    publishRequest: never,
    eventIdAt: (seq) => world.eventLog.eventIdAt(seq),
  };
  return { ...ports, blobs: world.janitorBlobs };
}
const failedSql = `select task, state, failure from retention_runs where state <> 'completed'`;
const blobsSql = `
  select removed, bytes::float8 as bytes from retention_runs where task = 'blobs' order by requested_at desc, id desc limit 1`;

export interface RetentionRun {
  readonly gone: Gone;
  readonly told: readonly Told[];
  readonly wrong: readonly string[];
}

/** All tasks of the janitor, and what should have gone by them. */
export async function runRetention(
  world: YearsWorld,
  expected: Expectation,
  config: RetentionConfig,
): Promise<RetentionRun> {
  await world.project();
  world.takeTold();
  const bytesOf = new Map([...expected.contents].map(([sha256, { sizeBytes }]) => [sha256, sizeBytes]));
  await retentionTask(config, janitorPorts(world), async () => true).run(new AbortController().signal);
  const told = world.takeTold();
  await world.project();
  const gone = expected.retain(world.nowMs());
  const orphans = expected.dropOrphans(world.nowMs() - orphanHours * hourMs);
  if (orphans.length > 0) gone.set(noTenant, new Map([...(gone.get(noTenant) ?? []), ["blobs", orphans]]));
  expectNotes(expected, told, config.RETAIN_AUDIT_DAYS);
  expectForgotten(expected, told);
  const wrong: string[] = [];
  const { rows: failed } = await world.database.query(failedSql);
  for (const run of failed) wrong.push(`a run did not complete: ${JSON.stringify(run)}`);
  const { rows } = await world.database.query<{ removed: { blobs?: number }; bytes: number }>(blobsSql);
  const bytes = orphans.reduce((sum, sha256) => sum + (bytesOf.get(sha256) ?? 0), 0);
  const [run] = rows;
  if ((run?.removed.blobs ?? 0) !== orphans.length || (run?.bytes ?? 0) !== bytes)
    wrong.push(`trail: ${orphans.length} blobs of ${bytes} bytes went, told are ${JSON.stringify(run)}`);
  return { gone, told, wrong };
}

/** Facts that belong to no sync stay for the time of the audit trail. */
export function expectNotes(expected: Expectation, told: readonly Told[], auditDays: number): void {
  for (const { ref, eventId, fact, atMs } of told) {
    if ("syncId" in fact || fact.type === "account.removal_requested") continue;
    const accountId = ref.accountId === noAccount ? null : ref.accountId;
    const note = { kind: "notes", key: eventId, tenantId: ref.tenantId, accountId, days: auditDays } as const;
    if (fact.type === "account.removed") {
      const own = expected.periods.get(ref.tenantId)?.auditDays ?? auditDays;
      const days = Math.max(own, remainderDaysMin);
      expected.keep({ ...note, sinceMs: atMs, period: null, days, isRemainder: true });
    } else
      expected.keep({
        ...note,
        sinceMs: atMs,
        period: "auditDays",
        ...whileNamed(expected, accountId, fact.type, atMs),
      });
  }
}

/** That letters were forgotten is a fact of their sync, and goes with it. */
function expectForgotten(expected: Expectation, told: readonly Told[]): void {
  for (const { eventId, fact } of told) {
    const sync = fact.type === "dead_letters.forgotten" ? expected.of("syncs").get(fact.syncId) : undefined;
    if (sync !== undefined) expected.keepWith(sync, partOf(sync, "syncEvents", eventId));
  }
}

/** What was forgotten must stay so while facts of the account are there that are older, and may name it. */
function whileNamed(expected: Expectation, accountId: string | null, type: string, atMs: number) {
  if (type !== "syncs.forgotten") return {};
  const isOlder = (sync: { accountId: string | null; sinceMs: number }) =>
    sync.accountId === accountId && sync.sinceMs < atMs;
  return { isNeeded: () => [...expected.of("syncs").values()].some(isOlder) };
}
