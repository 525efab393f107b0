import type { MessageRow, Tables } from "./memory-database.ts";
import type { Statement } from "./statements.ts";

const weekMs = 7 * 86_400_000;

/** The chunker's statements about mailboxes. */
export const mailboxStatements: readonly Statement[] = [
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
    if (!labels.has(key) && !removedLabels.has(key)) removedLabels.set(key, nowMs);
  }
}

/** Labels that are there no more leave their messages; an older look changes nothing. */
function saveLabels(tables: Tables, accountId: string, ids: ReadonlySet<string>, seenAtMs: number): object[] {
  const { labels, removedLabels, messages } = tables;
  const keyOf = (label: string): string => `${accountId}/${label}`;
  const labelsOf = (known: ReadonlyMap<string, number>, isWanted: (atMs: number) => boolean): string[] =>
    [...known]
      .filter(([key, atMs]) => key.startsWith(`${accountId}/`) && isWanted(atMs))
      .map(([key]) => key.slice(accountId.length + 1))
      .filter((label) => !ids.has(label));
  const removed = labelsOf(labels, (atMs) => atMs < seenAtMs);
  const late = labelsOf(removedLabels, (atMs) => atMs > seenAtMs - weekMs && atMs < seenAtMs);
  for (const label of ids) if (!labels.has(keyOf(label))) labels.set(keyOf(label), seenAtMs);
  for (const label of removed) {
    labels.delete(keyOf(label));
    removedLabels.set(keyOf(label), seenAtMs);
  }
  const absent = new Set([...removed, ...late]);
  for (const [id, row] of rowsOfAccount(tables, accountId)) {
    if (!row.labels.some((label) => absent.has(label))) continue;
    messages.set(id, { ...row, labels: row.labels.filter((label) => !absent.has(label)) });
  }
  return [...absent].map((id) => ({ id }));
}
