import type { LineRow, Tables } from "./memory-database.ts";
import type { Statement } from "./statements.ts";

/** Who waits, in order. The cap is the same for all tenants here: it comes with the tables. */
const waiting = ({ lines }: Tables): [string, LineRow][] =>
  [...lines].filter(([, { seatedBy }]) => seatedBy === null).sort(([, a], [, b]) => a.place - b.place);

/** Infinite without a cap. */
const freeSeats = ({ lines, runningSyncsMax }: Tables): number =>
  (runningSyncsMax ?? Number.POSITIVE_INFINITY) -
  [...lines.values()].filter(({ seatedBy }) => seatedBy !== null).length;

export function waitsInLine(tables: Tables, accountId: string): boolean {
  const ahead = waiting(tables).findIndex(([id]) => id === accountId);
  return ahead >= freeSeats(tables);
}

/** Of `0014_tenant-lines.sql`, and of the janitor. */
export const lineStatements: readonly Statement[] = [
  {
    what: "takes a seat",
    marks: ["select take_seat("],
    isWrite: true,
    answer: (tables, [, accountId, syncId, cause], { nowMs }) => {
      if (tables.runningSyncsMax === null) return [{ hasSeat: true }];
      const { lines } = tables;
      const id = String(accountId);
      const joined = lines.get(id) ?? { place: ++tables.placesGiven, seatedBy: null, movedAtMs: nowMs };
      const mine = { ...joined, syncId: String(syncId) };
      lines.set(id, mine);
      if (mine.seatedBy !== null) return [{ hasSeat: true }];
      if (waitsInLine(tables, id)) return [{ hasSeat: false }];
      lines.set(id, { ...mine, seatedBy: String(cause), movedAtMs: nowMs });
      return [{ hasSeat: true }];
    },
  },
  {
    what: "leaves its seat",
    marks: ["select leave_seat("],
    isWrite: true,
    answer: (tables, [, accountId, syncId, cause], { nowMs }) => {
      const { lines } = tables;
      if (lines.get(String(accountId))?.syncId === syncId) lines.delete(String(accountId));
      const free = Math.max(freeSeats(tables), 0);
      for (const [id, row] of waiting(tables).slice(0, free))
        lines.set(id, { ...row, seatedBy: String(cause), movedAtMs: nowMs });
      return [...lines]
        .filter(([, { seatedBy }]) => seatedBy === cause)
        .sort(([, a], [, b]) => a.place - b.place)
        .map(([id]) => ({ accountId: id }));
    },
  },
  {
    what: "keeps its seat",
    marks: ["insert into tenant_lines", "running_syncs_max is not null"],
    isWrite: true,
    answer: (tables, [, accountId, syncId, cause], { nowMs }) => {
      if (tables.runningSyncsMax === null) return [];
      const { lines } = tables;
      const row = lines.get(String(accountId)) ?? {
        place: ++tables.placesGiven,
        seatedBy: null,
        movedAtMs: nowMs,
      };
      const seatedBy = row.seatedBy ?? String(cause);
      lines.set(String(accountId), { ...row, syncId: String(syncId), seatedBy });
      return [{}];
    },
  },
  {
    what: "looks for doubtful seats",
    marks: ["from tenant_lines l where l.moved_at", "union all"],
    answer: (tables, [idleSeconds], { nowMs }) => {
      const { lines, views, accounts, runningSyncsMax } = tables;
      const until = nowMs - Number(idleSeconds) * 1_000;
      const open = [...views.syncs.values()].filter(({ ended_at }) => ended_at === null);
      const has = (accountId: string, status: string): boolean =>
        open.some((sync) => sync.account_id === accountId && sync.status === status);
      const left = [...lines]
        .filter(
          ([id, row]) => row.movedAtMs <= until && !has(id, row.seatedBy === null ? "queued" : "running"),
        )
        .map(([id, { syncId }]) => ({ accountId: id, syncId }));
      const unseated = open
        .filter(({ status, account_id }) => status === "running" && lines.get(account_id)?.seatedBy == null)
        .filter(({ started_at }) => runningSyncsMax !== null && Date.parse(started_at ?? "") <= until)
        .map(({ account_id, id }) => ({ accountId: account_id, syncId: id }));
      return [...left, ...unseated].flatMap((one) => {
        const tenantId = accounts.get(one.accountId)?.tenantId;
        return tenantId === undefined ? [] : [{ tenantId, ...one }];
      });
    },
  },
];
