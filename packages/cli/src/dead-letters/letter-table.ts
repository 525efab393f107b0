import type { DeadLetter } from "@millrace/client";
import type { AddressBook } from "../tail/address-book.ts";
import { type Paint, paintState } from "../terminal/paint.ts";
import { printable } from "../terminal/printable.ts";
import { renderTime } from "../terminal/render-time.ts";
import { createTable } from "../terminal/table.ts";

const head = ["DEAD LETTER", "MAILBOX", "STATE", "SET ASIDE", "REASON", "SYNC", "MESSAGE", "ERROR"];
const addressCharsMax = 60;
const wordsMax = 100;

/** Gives a table page by page, which looks as the first page needs it. @param columns of the terminal */
export function createLetterTable(
  book: AddressBook,
  paint: Paint,
  nowMs: number,
  columns?: number,
): (page: readonly DeadLetter[]) => Promise<string> {
  const table = createTable(head, { columns });
  return async (page) => {
    const rows: string[][] = [];
    for (const letter of page) rows.push(rowOf(letter, await book.of(letter.accountId), paint, nowMs));
    return table(rows);
  };
}

function rowOf(letter: DeadLetter, address: string, paint: Paint, nowMs: number): string[] {
  const { id, state, createdAt, category, attempts, syncId, providerId, error } = letter;
  return [
    id,
    printable(address, addressCharsMax),
    paintState(paint, state),
    renderTime(createdAt, nowMs),
    `${category}, attempt ${attempts}`,
    syncId,
    printable(providerId, wordsMax),
    printable(error, wordsMax),
  ];
}
