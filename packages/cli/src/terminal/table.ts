import { stripVTControlCharacters } from "node:util";

const gap = "  ";

/**
 * Rows as lines with aligned columns; the last column is as long as it is.
 *
 * @param right columns whose text stands to the right, such as counts
 */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[] = [],
): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => widthOf(row[column] ?? ""))),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const space = " ".repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell)));
        return right.includes(head[column] ?? "") ? space + cell : cell + space;
      })
      .join(gap)
      .trimEnd();
  return `${[head, ...rows].map(line).join("\n")}\n`;
}

/** Names and values below each other. */
export function renderFields(fields: readonly (readonly [name: string, value: string | null])[]): string {
  const told = fields.filter(([, value]) => value !== null && value !== "");
  const width = Math.max(0, ...told.map(([name]) => name.length));
  return told.map(([name, value]) => `${name.padEnd(width)}${gap}${value}\n`).join("");
}

const widthOf = (cell: string): number => stripVTControlCharacters(cell).length;
