import { stripVTControlCharacters } from "node:util";

const gap = "  ";

export interface TableOptions {
  /** Columns whose text stands to the right, such as counts. */
  readonly right?: readonly string[];
  /**
   * Characters in a line of the terminal: a table that has no room there becomes a block of names and values for each row,
   * since a wrapped table cannot be read. Absent where nobody looks.
   */
  readonly columns?: number | undefined;
}

/** Rows as lines with aligned columns; the last column is as long as it is. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string {
  return createTable(head, options)(rows);
}

/** A table that is told bit by bit: the first rows decide how it looks, and have its heading. */
export function createTable(
  head: readonly string[],
  { right = [], columns = Number.POSITIVE_INFINITY }: TableOptions = {},
): (rows: readonly (readonly string[])[]) => string {
  let render: ((rows: readonly (readonly string[])[]) => string) | undefined;
  return (rows) => {
    if (render !== undefined) return render(rows);
    const lineOf = aligned(head, rows, right);
    const lines = [head, ...rows].map(lineOf);
    const isFitting = lines.every((line) => widthOf(line) - 1 <= columns);
    render = isFitting ? (more) => more.map(lineOf).join("") : (more) => `\n${blocks(head, more)}`;
    return isFitting ? lines.join("") : blocks(head, rows);
  };
}

function aligned(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[],
): (cells: readonly string[]) => string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => widthOf(row[column] ?? ""))),
  );
  return (cells) => {
    const shown = cells.map((cell, column) => {
      const space = " ".repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell)));
      return right.includes(head[column] ?? "") ? space + cell : cell + space;
    });
    return `${shown.join(gap).trimEnd()}\n`;
  };
}

const blocks = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  rows.map((row) => renderFields(head.map((title, column) => [title, row[column] ?? ""]))).join("\n");

/** Names and values below each other. */
export function renderFields(fields: readonly (readonly [name: string, value: string | null])[]): string {
  const told = fields.filter(([, value]) => value !== null && value !== "");
  const width = Math.max(0, ...told.map(([name]) => name.length));
  return told.map(([name, value]) => `${name.padEnd(width)}${gap}${value}\n`).join("");
}

const widthOf = (cell: string): number => stripVTControlCharacters(cell).length;
