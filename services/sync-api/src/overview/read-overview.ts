import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import type { QuotaView } from "@millrace/shared/quota/quota-governor";
import type { Logger } from "@millrace/shared/runtime/create-logger";
import type { Overview } from "../resources/overview.ts";
import { isoOf, isoOrNull } from "../resources/time.ts";
import { overviewSql } from "./overview-sql.ts";
import { scopeOf, type Whose } from "./owners.ts";

export interface OverviewPorts {
  readonly pool: SweepingPool;
  readonly quota: QuotaView | null;
  readonly log: Logger;
}

type Counted = Pick<Overview, "syncs" | "messagesPerSecond" | "pickup" | "lanes" | "deadLetters">;

interface Row extends Counted {
  readonly at: Date;
  readonly accounts: Omit<Overview["accounts"], "oldestSyncedAt">;
  readonly oldestSyncedAt: Date | null;
}

/** How things are now, in one statement and so of one moment. */
export async function readOverview({ pool, quota, log }: OverviewPorts, whose: Whose): Promise<Overview> {
  const query = { name: "read-overview", text: overviewSql, values: [whose] };
  const [{ rows }, used] = await Promise.all([scopeOf(pool, whose).query<Row>(query), readQuota(quota, log)]);
  const [row] = rows;
  if (row === undefined) throw new Error("The overview is one row");
  const { at, accounts, oldestSyncedAt, ...counted } = row;
  return {
    at: isoOf(at),
    ...counted,
    accounts: { ...accounts, oldestSyncedAt: isoOrNull(oldestSyncedAt) },
    quota: used,
  };
}

/** The budget that all share has no account. */
const nobody = { tenantId: "nobody", accountId: "nobody" };

/** Everything else can be told while the broker, which keeps budgets, is away. */
async function readQuota(quota: QuotaView | null, log: Logger): Promise<Overview["quota"]> {
  if (quota === null) return null;
  try {
    const { project } = await quota.read(nobody);
    return { unitsPerMinute: project.limit, usedLastMinute: project.used };
  } catch (err) {
    log.warn({ err }, "it cannot be told now how much of the quota is used");
    return { unitsPerMinute: null, usedLastMinute: null };
  }
}
