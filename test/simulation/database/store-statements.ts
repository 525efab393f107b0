import type { HiddenAs } from "@millrace/shared/providers/mail-provider";
import pg from "pg";
import { doubtLabels, rowsOfAccount } from "./mailbox-statements.ts";
import type { ClaimRow, MessageRow, Tables, Tombstone } from "./memory-database.ts";
import type { Statement, StatementWorld } from "./statements.ts";

const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const freshClaim: ClaimRow = { isOpen: false, messageId: null, deaths: 0, deathsAt: {} };

/** The fetcher's statements: mail, and claims under suspicion. */
export const storeStatements: readonly Statement[] = [
  {
    what: "looks what is stored",
    marks: ['as "byThisWork" from messages'],
    answer: ({ messages }, [, , ids, , syncId, work]) =>
      textsOf(ids).flatMap((providerId) => {
        const row = messages.get(providerId);
        if (row === undefined || row.deletedWhy !== null) return [];
        return [{ providerId, byThisWork: row.syncId === syncId && row.work === work }];
      }),
  },
  {
    what: "writes messages",
    isWrite: true,
    marks: ["insert into messages as existing"],
    answer: insertMessages,
  },
  {
    what: "marks what is gone",
    isWrite: true,
    marks: ["update messages set deleted_at = now(), deleted_why = 'gone'"],
    answer: ({ messages, tombstones, gone, baselines }, [, accountId, ids, syncId, work, baseline]) => {
      if (gone.has(String(accountId))) return [{ isCurrent: true }];
      if (!isCurrent(baselines, accountId, baseline)) return [{ isCurrent: false }];
      const mark = { syncId: String(syncId), work: String(work) };
      for (const id of textsOf(ids)) {
        tombstones.set(id, { at: tombstones.get(id)?.at ?? null, work: mark });
        const row = messages.get(id);
        if (row === undefined || row.deletedWhy !== null) continue;
        messages.set(id, { ...row, ...mark, deletedWhy: "gone", lastChange: "deleted" });
      }
      return [{ isCurrent: true }];
    },
  },
  {
    what: "applies changes",
    isWrite: true,
    marks: ["insert into tombstones as known", "from decided"],
    answer: applyChanges,
  },
  {
    what: "looks for another message",
    marks: ["provider_id <> all($3)"],
    answer: (tables, [, accountId, ids]) => {
      const not = new Set(textsOf(ids));
      const other = rowsOfAccount(tables, accountId).find(
        ([id, row]) => row.deletedWhy === null && !not.has(id),
      );
      return other === undefined ? [] : [{ providerId: other[0] }];
    },
  },
  {
    what: "reads what the work did to the mail",
    marks: ["last_change as change from messages"],
    answer: ({ messages }, [, , ids, syncId, work]) =>
      textsOf(ids).flatMap((providerId) => {
        const row = messages.get(providerId);
        const isOwn = row?.syncId === syncId && row?.work === work;
        return isOwn && row?.lastChange != null ? [{ providerId, change: row.lastChange }] : [];
      }),
  },
  {
    what: "keeps the bytes of a dead letter",
    isWrite: true,
    marks: ["insert into dead_letter_contents"],
    answer: () => [],
  },
  {
    what: "opens a suspect claim",
    isWrite: true,
    marks: ["insert into claims as known"],
    answer: (tables, values) => {
      const { deaths, deathsAt } = changeClaim(tables, values, opened);
      return [{ deaths, deathsAt }];
    },
  },
  {
    what: "marks a message of a suspect claim",
    isWrite: true,
    marks: ["update claims set message_id = $3"],
    answer: (tables, values) => {
      changeClaim(tables, values, (row) => ({ ...row, messageId: String(values[2]) }));
      return [];
    },
  },
  {
    what: "closes a suspect claim",
    isWrite: true,
    marks: ["update claims set is_open = false"],
    answer: (tables, values) => {
      changeClaim(tables, values, (row) => ({ ...row, isOpen: false, messageId: null }));
      return [];
    },
  },
];

const isCurrent = (baselines: Tables["baselines"], accountId: unknown, mark: unknown): boolean =>
  (baselines.get(String(accountId)) ?? null) === mark;

/** What is there stays, unless it is to be refreshed, was marked as deleted, or is of the same work; newer rows do. */
function insertMessages(
  tables: Tables,
  values: readonly unknown[],
  { isRefused, nowMs }: StatementWorld,
): object[] {
  const { messages, tombstones, gone, accounts, baselines } = tables;
  const accountId = String(values[1]);
  // In truth the database refuses what refers to an account that is gone; then the work comes again, and is void.
  if (gone.has(accountId) || accounts.get(accountId)?.isRemoving === true) return [];
  if (!isCurrent(baselines, accountId, values[47])) return [{ providerId: null, outcome: "outdated" }];
  const ids = textsOf(values[5]);
  const column = (index: number): readonly unknown[] => values[index] as readonly unknown[];
  const work = { syncId: String(values[2]), work: String(values[3]) };
  const [isRefreshing, isRepairing] = [values[37] === true, values[46] === true];
  if (ids.some(isRefused)) throw refusal();
  const outcomes: object[] = [];
  ids.forEach((providerId, i) => {
    const historyId = orderOf(column(8)[i]);
    const hidden = (column(38)[i] ?? null) as HiddenAs | null;
    if (isBuried(tombstones.get(providerId), work, historyId)) {
      outcomes.push({ providerId, outcome: "gone" });
      return;
    }
    const row = messages.get(providerId);
    if (row !== undefined && !isRepairing && !mayReplace(row, work, historyId, hidden, isRefreshing)) return;
    const labels = JSON.parse(String(column(9)[i])) as string[];
    doubtLabels(tables, providerId, labels, nowMs);
    messages.set(providerId, {
      ...work,
      historyId,
      labels,
      deletedWhy: hidden,
      lastChange: changeByWriting(row, work, hidden),
      storedAtMs: nowMs,
    });
    outcomes.push({ providerId, outcome: hidden === null ? "stored" : "gone" });
  });
  return outcomes;
}

type Work = Pick<MessageRow, "syncId" | "work">;

const isBuried = (tombstone: Tombstone | undefined, work: Work, historyId: number | null): boolean =>
  tombstone !== undefined &&
  (isAtMost(historyId, tombstone.at) || (tombstone.work !== null && isBy(tombstone.work, work)));

const isBy = (row: Work, { syncId, work }: Work): boolean => row.syncId === syncId && row.work === work;

function mayReplace(
  row: MessageRow,
  work: Work,
  historyId: number | null,
  hidden: HiddenAs | null,
  isRefreshing: boolean,
): boolean {
  const isOlder = historyId !== null && row.historyId !== null && historyId < row.historyId;
  return !isOlder && (isRefreshing || row.deletedWhy !== null || hidden !== null || isBy(row, work));
}

function changeByWriting(
  row: MessageRow | undefined,
  work: Work,
  hidden: HiddenAs | null,
): MessageRow["lastChange"] {
  if (row === undefined) return hidden === null ? "added" : null;
  if (hidden !== null) return row.deletedWhy === null ? "deleted" : row.lastChange;
  if (row.deletedWhy !== null) return "added";
  return isBy(row, work) ? (row.lastChange ?? "changed") : "changed";
}

const orderOf = (historyId: unknown): number | null =>
  typeof historyId === "string" && /^[0-9]+$/.test(historyId) ? Number(historyId) : null;

/** As in SQL, what is not known is not at most anything. */
const isAtMost = (a: number | null, b: number | null): boolean => a !== null && b !== null && a <= b;

type Action = "mark" | "relabel" | "stored" | "unchanged" | "gone" | "fetch";

/** What has become of messages, applied to what is stored of them; older changes than a row undo nothing of it. */
function applyChanges(tables: Tables, values: readonly unknown[], { nowMs }: StatementWorld): object[] {
  const { messages, tombstones, gone } = tables;
  if (gone.has(String(values[1]))) return [];
  const work = { syncId: String(values[2]), work: String(values[3]) };
  const [kinds, ats, added, removed, hiddenAs] = values.slice(5, 10) as readonly (readonly string[])[];
  return textsOf(values[4]).map((providerId, i) => {
    const row = messages.get(providerId);
    const at = orderOf(ats?.[i]);
    const action = actionOf(row, work, String(kinds?.[i]), at);
    if (row === undefined) {
      const known = tombstones.get(providerId);
      const isNewer = known?.at != null && at !== null && known.at > at;
      if (action === "gone" && !isNewer) tombstones.set(providerId, { at, work: known?.work ?? null });
      return { providerId, outcome: action };
    }
    if (action !== "mark" && action !== "relabel") return { providerId, outcome: action };
    const gained = JSON.parse(added?.[i] ?? "[]") as string[];
    const labels = labelsAfter(row.labels, gained, JSON.parse(removed?.[i] ?? "[]") as string[]);
    const isOutdated = kinds?.[i] !== "vanished" && isAtMost(at, row.historyId);
    const isSame = action === "relabel" && labels.join() === row.labels.join();
    const isGone = action === "mark" || kinds?.[i] === "hidden";
    if (isOutdated || isSame) return { providerId, outcome: isGone ? "gone" : "unchanged" };
    const marked = (hiddenAs?.[i] ?? "deleted") as MessageRow["deletedWhy"];
    const deletedWhy = action === "mark" ? marked : row.deletedWhy;
    doubtLabels(tables, providerId, gained, nowMs);
    messages.set(providerId, {
      ...work,
      labels,
      historyId: ats?.[i] === "" ? row.historyId : at,
      deletedWhy,
      lastChange: row.deletedWhy !== null ? null : action === "mark" ? "deleted" : "changed",
      storedAtMs: nowMs,
    });
    if (isGone) return { providerId, outcome: "gone" };
    return { providerId, outcome: deletedWhy === null ? "stored" : "unchanged" };
  });
}

function actionOf(row: MessageRow | undefined, work: Work, kind: string, at: number | null): Action {
  if (row === undefined) return kind === "vanished" || kind === "hidden" ? "gone" : "fetch";
  const isShown = row.deletedWhy === null;
  const isHidden = row.deletedWhy === "trash" || row.deletedWhy === "spam";
  const isNewer = isAtMost(at, row.historyId);
  if (isBy(row, work) && row.lastChange !== null) return row.lastChange === "deleted" ? "gone" : "stored";
  if (kind === "vanished") return isShown || isHidden ? "mark" : "gone";
  if (kind === "hidden" && !isNewer && (isShown || isHidden)) return isShown ? "mark" : "relabel";
  if (kind === "hidden") return "gone";
  if (!isShown && !isHidden) return "fetch";
  if (kind === "appeared" && isHidden) return isNewer ? "gone" : "fetch";
  return isNewer ? "unchanged" : "relabel";
}

const labelsAfter = (
  labels: readonly string[],
  added: readonly string[],
  removed: readonly string[],
): string[] => [
  ...labels.filter((label) => !removed.includes(label)),
  ...added.filter((label) => !labels.includes(label)),
];

/** What the driver throws for data that does not fit. */
function refusal(): pg.DatabaseError {
  const error = new pg.DatabaseError("refused by the database", 0, "error");
  error.code = "22021";
  return error;
}

function changeClaim(
  { claims }: Tables,
  [syncId, chunkIndex]: readonly unknown[],
  next: (row: ClaimRow) => ClaimRow,
): ClaimRow {
  const key = `${syncId}/${chunkIndex}`;
  const row = next(claims.get(key) ?? freshClaim);
  claims.set(key, row);
  return row;
}

/** Opened twice without having been closed: the first worker died. */
function opened({ isOpen, messageId, deaths, deathsAt }: ClaimRow): ClaimRow {
  const isAtMessage = isOpen && messageId !== null;
  return {
    isOpen: true,
    messageId: null,
    deaths: deaths + (isOpen ? 1 : 0),
    deathsAt: isAtMessage ? { ...deathsAt, [messageId]: (deathsAt[messageId] ?? 0) + 1 } : deathsAt,
  };
}
