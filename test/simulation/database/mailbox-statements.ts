import { randomUUID } from "node:crypto";
import type { MessageRow, Tables } from "./memory-database.ts";
import type { Statement } from "./statements.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** The chunker's statements about mailboxes. */
export const mailboxStatements: readonly Statement[] = [
  {
    what: "takes a baseline",
    isWrite: true,
    marks: ["insert into mailbox_baselines"],
    answer: ({ baselines, accounts }, [, accountId]) => {
      if (accounts.has(String(accountId))) baselines.set(String(accountId), randomUUID());
      return [];
    },
  },
  {
    what: "looks for an earlier copy",
    marks: ['as "hadCopy"'],
    answer: (tables, [, accountId]) => {
      const rows = rowsOfAccount(tables, accountId);
      return [{ hadCopy: rows.some(([, { deletedWhy }]) => deletedWhy === null) }];
    },
  },
  {
    what: "saves the labels",
    isWrite: true,
    marks: ["insert into labels as known"],
    answer: (tables, [, accountId, ids, , , , , seenAt]) => {
      if (tables.gone.has(String(accountId))) return [];
      return saveLabels(tables, String(accountId), new Set(ids as string[]), (seenAt as Date).getTime());
    },
  },
];

/** The mail of an account: here each id says whose it is. */
export const rowsOfAccount = ({ messages }: Tables, accountId: unknown): [string, MessageRow][] =>
  [...messages].filter(([id]) => id.startsWith(`${accountId}-`));

/** Labels that nobody has seen in the mailbox yet are noted. */
export function doubtLabels(
  { labels, removedLabels }: Tables,
  messageId: string,
  borne: readonly string[],
  nowMs: number,
): void {
  const accountId = messageId.slice(0, messageId.indexOf("-"));
  for (const label of borne) {
    const key = `${accountId}/${label}`;
    const known = removedLabels.get(key);
    if (labels.has(key) || (known !== undefined && known.atMs >= nowMs - 10 * minuteMs)) continue;
    removedLabels.set(key, { atMs: nowMs, relievedAtMs: known?.relievedAtMs ?? null });
  }
}

/** Labels that are there no more leave their messages; an older look changes nothing. */
function saveLabels(tables: Tables, accountId: string, ids: ReadonlySet<string>, seenAtMs: number): object[] {
  const { labels, removedLabels, messages } = tables;
  const keyOf = (label: string): string => `${accountId}/${label}`;
  function labelsOf<T>(known: ReadonlyMap<string, T>, isWanted: (row: T) => boolean): string[] {
    return [...known]
      .filter(([key, row]) => key.startsWith(`${accountId}/`) && isWanted(row))
      .map(([key]) => key.slice(accountId.length + 1));
  }
  const earlier = labelsOf(removedLabels, ({ atMs }) => atMs < seenAtMs);
  for (const label of earlier) if (ids.has(label)) removedLabels.delete(keyOf(label));
  const late = labelsOf(
    removedLabels,
    ({ atMs, relievedAtMs }) => atMs < seenAtMs && (relievedAtMs === null || relievedAtMs < atMs + hourMs),
  );
  const removed = labelsOf(labels, (atMs) => atMs < seenAtMs).filter((label) => !ids.has(label));
  for (const label of ids) if (!labels.has(keyOf(label))) labels.set(keyOf(label), seenAtMs);
  const absent = new Set([...removed, ...late]);
  for (const label of late) {
    const atMs = removedLabels.get(keyOf(label))?.atMs ?? seenAtMs;
    removedLabels.set(keyOf(label), { atMs, relievedAtMs: seenAtMs });
  }
  for (const label of removed) {
    labels.delete(keyOf(label));
    removedLabels.set(keyOf(label), { atMs: seenAtMs, relievedAtMs: seenAtMs });
  }
  for (const [id, row] of rowsOfAccount(tables, accountId)) {
    if (!row.labels.some((label) => absent.has(label))) continue;
    messages.set(id, { ...row, labels: row.labels.filter((label) => !absent.has(label)) });
  }
  return [...absent].map((id) => ({ id }));
}
