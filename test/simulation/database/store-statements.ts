import pg from "pg";
import type { ClaimRow, Tables } from "./memory-database.ts";
import type { Statement } from "./statements.ts";

const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const freshClaim: ClaimRow = { isOpen: false, messageId: null, deaths: 0, deathsAt: {} };

/** The fetcher's statements: mail, and claims under suspicion. */
export const storeStatements: readonly Statement[] = [
  {
    what: "looks what is stored",
    marks: ['as "byThisWork" from messages'],
    answer: ({ messages }, [, , ids, , syncId, chunkIndex]) =>
      textsOf(ids).flatMap((providerId) => {
        const row = messages.get(providerId);
        if (row === undefined || row.isDeleted) return [];
        return [{ providerId, byThisWork: row.syncId === syncId && row.chunkIndex === chunkIndex }];
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
    answer: ({ messages }, [, , ids]) => {
      for (const id of textsOf(ids)) {
        const row = messages.get(id);
        if (row !== undefined) messages.set(id, { ...row, isDeleted: true });
      }
      return [];
    },
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

/** What is there stays, unless it is to be refreshed, was marked as deleted, or is of the same work. */
function insertMessages(
  { messages }: Tables,
  values: readonly unknown[],
  { isRefused }: { readonly isRefused: (id: string) => boolean },
): object[] {
  const ids = textsOf(values[5]);
  const [, , syncId, chunkIndex] = values;
  const isRefreshing = values[37] === true;
  if (ids.some(isRefused)) throw refusal();
  const written: object[] = [];
  for (const providerId of ids) {
    const row = messages.get(providerId);
    const isOwn = row?.syncId === syncId && row?.chunkIndex === chunkIndex;
    if (row !== undefined && !row.isDeleted && !isOwn && !isRefreshing) continue;
    messages.set(providerId, { syncId: String(syncId), chunkIndex: Number(chunkIndex), isDeleted: false });
    written.push({ providerId });
  }
  return written;
}

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
