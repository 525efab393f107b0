import type { TenantWithHealth } from "@millrace/client";
import { formatCount } from "../syncs/render-progress.ts";
import type { Paint } from "../terminal/paint.ts";
import { printable } from "../terminal/printable.ts";
import { renderTime } from "../terminal/render-time.ts";
import { renderTable } from "../terminal/table.ts";

const nameMax = 40;
const numbers = ["RUNNING", "WAITING", "PAUSED", "FAILING", "FAILED", "SET ASIDE", "RECONNECT"];

/** One tenant a line, and what to do where one needs somebody. */
export function renderTenants(
  tenants: readonly TenantWithHealth[],
  paint: Paint,
  nowMs: number,
  columns?: number,
): string {
  if (tenants.length === 0) return "There are no such tenants.\n";
  const rows = tenants.map(({ id, name, health }) => {
    const { syncs, failedLastDay, openDeadLetters, accountsToReconnect, oldestWaitingAt } = health;
    return [
      id,
      printable(name, nameMax),
      formatCount(syncs.running),
      formatCount(syncs.requested + syncs.queued),
      formatCount(syncs.paused),
      marked(syncs.failing, paint.bad),
      marked(failedLastDay.count, paint.bad),
      marked(openDeadLetters, paint.bad),
      marked(accountsToReconnect, paint.warning),
      oldestWaitingAt === null ? "" : renderTime(oldestWaitingAt, nowMs),
      categoriesOf(failedLastDay.categories),
    ];
  });
  const table = renderTable(["TENANT", "NAME", ...numbers, "OLDEST WAITING", "FAILED OF (LAST DAY)"], rows, {
    right: numbers,
    columns,
  });
  return tenants.some(isInTrouble) ? `${table}\n${paint.warning("→")} ${advice}\n` : table;
}

const advice =
  "A key of the tenant shows which syncs and mailboxes these are: `millrace keys create NAME --tenant TENANT`.";

const marked = (count: number, style: (text: string) => string): string =>
  count > 0 ? style(formatCount(count)) : "0";

const isInTrouble = ({ health }: TenantWithHealth): boolean =>
  health.syncs.failing + health.failedLastDay.count + health.openDeadLetters + health.accountsToReconnect > 0;

/** The most frequent first: "unknown 3, log_lost 1". */
const categoriesOf = (categories: Readonly<Record<string, number>>): string =>
  Object.entries(categories)
    .sort(([, a], [, b]) => b - a)
    .map(([category, count]) => `${printable(category, nameMax)} ${formatCount(count)}`)
    .join(", ");
