import type { Nats } from "@millrace/shared/nats/connect-nats";
import {
  type AppliedLog,
  type BrokerStanding,
  type LogLag,
  readBrokerStanding,
  readLogLag,
} from "@millrace/shared/nats/read-broker-standing";
import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import { readCheckpoint } from "@millrace/shared/projection/checkpoint";
import type { BudgetReading } from "@millrace/shared/quota/budget";
import type { QuotaView } from "@millrace/shared/quota/quota-governor";
import type { ScheduleConfig } from "@millrace/shared/retention/schedule-env";
import type { PeriodicTask } from "../run-periodically.ts";
import { publishStanding } from "./publish-standing.ts";
import { type DatabaseStanding, readDatabaseStanding } from "./read-database-standing.ts";
import { readRetentionStanding, type TaskStanding } from "./read-retention-standing.ts";
import { Seen } from "./seen.ts";

export interface ObservePorts {
  readonly nats: Nats;
  readonly pool: SweepingPool;
  readonly retention: ScheduleConfig;
  /** Null where quotas are off. */
  readonly quota: QuotaView | null;
  readonly nowMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface ObserveTimes {
  readonly lookMs: number;
  /** So many looks at the broker to one at the database. */
  readonly looksPerQuery: number;
  /** For how long one copy looks: shorter than its lock lives in silence (run-periodically.ts). */
  readonly turnMs: number;
}

const usualTimes: ObserveTimes = { lookMs: 10_000, looksPerQuery: 3, turnMs: 45_000 };
/** Another copy looks instead, or nobody can: what was seen so long ago tells nothing any more. */
const freshLooks = 4;
/** Nobody's: only what all accounts share is read of it. */
const nobody = { tenantId: "-", accountId: "-" };

/**
 * Looks at the broker's queues and at the views, for metrics: one copy of the janitor at a time, however many there are
 * and however often they are scraped. What it saw is shown until it is old.
 */
export function observeTask(ports: ObservePorts, times: ObserveTimes = usualTimes): PeriodicTask {
  const { nowMs } = ports;
  const broker = new Seen<BrokerStanding>(nowMs, times.lookMs * freshLooks);
  const lag = new Seen<LogLag>(nowMs, times.lookMs * freshLooks);
  const quota = new Seen<BudgetReading>(nowMs, times.lookMs * freshLooks);
  const retention = new Seen<readonly TaskStanding[]>(nowMs, times.lookMs * times.looksPerQuery * freshLooks);
  const database = new Seen<DatabaseStanding>(nowMs, times.lookMs * times.looksPerQuery * freshLooks);
  publishStanding({
    broker: () => broker.fresh(),
    database: () => database.fresh(),
    lag: () => lag.fresh(),
    retention: () => retention.fresh(),
    projectQuota: () => quota.fresh(),
  });
  return {
    name: "observe",
    everySeconds: 1,
    lock: 7_352_190_018,
    run: async (signal) => {
      const endsAtMs = nowMs() + times.turnMs;
      for (let look = 0; nowMs() < endsAtMs && !signal.aborted; look++) {
        if (look % times.looksPerQuery === 0 || database.fresh() === null) {
          database.see(await readDatabaseStanding(ports.pool));
          retention.see(await readRetentionStanding(ports.pool, ports.retention));
        }
        await lookAtBroker(ports, { broker, lag, quota });
        await ports.sleep(times.lookMs, signal).catch(() => {}); // stopped
      }
    },
  };
}

async function readApplied(pool: SweepingPool): Promise<AppliedLog> {
  const checkpoint = await readCheckpoint(pool.ofNobody());
  return checkpoint === null ? null : { seq: checkpoint.seq, streamCreated: checkpoint.streamCreated };
}

interface BrokerSights {
  readonly broker: Seen<BrokerStanding>;
  readonly lag: Seen<LogLag>;
  readonly quota: Seen<BudgetReading>;
}

async function lookAtBroker(
  { nats, pool, quota: view, nowMs }: ObservePorts,
  { broker, lag, quota }: BrokerSights,
): Promise<void> {
  broker.see(await readBrokerStanding(nats, nowMs()));
  lag.see(await readLogLag(nats, () => readApplied(pool), nowMs()));
  if (view !== null) quota.see((await view.read(nobody)).project);
}
