import type { ViewDifference } from "@millrace/shared/projection/compare-views";
import type { RebuildReport } from "@millrace/shared/projection/rebuild-views";

const count = (n: number): string => n.toLocaleString("en");

/** The outcome of a rebuild, in lines. */
export function renderRebuild(
  { events, tables, differences, swapped }: RebuildReport,
  seconds: number,
): string {
  const lines = [`Rebuilt from ${count(events)} events in ${seconds.toFixed(1)} s.`, ""];
  for (const [table, { rows, missing, extra, different, examples }] of Object.entries(tables)) {
    const found = Object.entries({ missing, extra, different })
      .filter(([, n]) => n > 0)
      .map(([kind, n]) => `${count(n)} ${kind}`);
    lines.push(
      `  ${table.padEnd(16)}${count(rows).padStart(10)} rows  ${found.join(", ") || "no difference"}`,
    );
    for (const example of examples) lines.push(`      ${renderExample(example)}`);
  }
  return `${[...lines, "", verdict(differences, swapped)].join("\n")}\n`;
}

function verdict(differences: number, swapped: boolean): string {
  if (differences === 0) return "The live views are what the events tell.";
  const rows = differences === 1 ? "1 row" : `${count(differences)} rows`;
  return swapped
    ? `The live views differed in ${rows}, and are now what the events tell.`
    : `The live views differ in ${rows}; \`millrace rebuild\` makes them equal.`;
}

function renderExample({ kind, key, columns = {} }: ViewDifference): string {
  const where = Object.entries(key).map(([column, value]) => `${column} ${value}`);
  const values = Object.entries(columns).map(
    ([column, { live, rebuilt }]) =>
      `${column} is ${JSON.stringify(live)} and should be ${JSON.stringify(rebuilt)}`,
  );
  return `${kind}: ${[where.join(", "), ...values].join("; ")}`;
}
