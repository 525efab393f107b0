import { expect, test } from "vitest";
import { formatBytes } from "./format-bytes.ts";
import { createPaint, paintState } from "./paint.ts";
import { renderTime } from "./render-time.ts";
import { createTable, renderFields, renderTable } from "./table.ts";

const terminal = { isTTY: true, write: () => true };

test("colours are for terminals, and for those who want them", () => {
  const red = "\u001b[31m";
  expect(createPaint(terminal, {}).bad("x")).toContain(red);
  for (const [output, env] of [
    [{ write: () => true }, {}],
    [terminal, { NO_COLOR: "1" }],
    [terminal, { TERM: "dumb" }],
  ] as const)
    expect(paintState(createPaint(output, env), "failed")).toBe("failed");
  // https://no-color.org: an empty one is none.
  expect(createPaint(terminal, { NO_COLOR: "" }).bad("x")).toContain(red);
});

test("columns are aligned by what is seen, colours aside, and counts stand to the right", () => {
  const { good } = createPaint(terminal, {});
  const table = renderTable(
    ["A", "N", "B"],
    [
      [good("yes"), "1", "b"],
      ["no", "1,000", "c"],
    ],
    { right: ["N"] },
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what colours are made of
  expect(table.replaceAll(/\u001b\[\d+m/g, "")).toBe("A        N  B\nyes      1  b\nno   1,000  c\n");
});

test("a table that has no room becomes blocks, with all that it says, and goes on so", () => {
  const head = ["KEY", "NAME", ""];
  const rows = [
    ["k1", "first", "paused: quota"],
    ["k2", "", "x"],
  ];
  const wide = "KEY  NAME\nk1   first  paused: quota\nk2          x\n";
  expect(renderTable(head, rows, { columns: 25 })).toBe(wide);
  expect(renderTable(head, rows)).toBe(wide);
  expect(renderTable(head, rows, { columns: 24 })).toBe(
    "KEY   k1\nNAME  first\n      paused: quota\n\nKEY  k2\n     x\n",
  );
  for (const [columns, more] of [
    [80, "k3   third\n"],
    [24, "\nKEY   k3\nNAME  third\n"],
  ] as const) {
    const table = createTable(head, { columns });
    table(rows);
    expect(table([["k3", "third", ""]])).toBe(more);
  }
});

test("fields without a value are left out", () => {
  expect(
    renderFields([
      ["a", "1"],
      ["long", null],
      ["bb", "2"],
    ]),
  ).toBe("a   1\nbb  2\n");
});

test.each([
  [null, "never"],
  ["2026-06-01T00:00:00Z", "now"],
  ["2026-05-31T23:58:55Z", "1 min 05 s ago"],
  ["2026-06-01T02:10:00Z", "in 2 h 10 min"],
  ["2026-01-01T00:00:00Z", "2026-01-01"],
  ["2027-01-01T00:00:00Z", "on 2027-01-01"],
])("%s is said as %s", (at, text) => {
  expect(renderTime(at, Date.parse("2026-06-01T00:00:00Z"))).toBe(text);
});

test("sizes are said in decimal units that fit, and what is about to be the next unit is", () => {
  expect([0, 999, 1_000, 1_536, 9_960, 999_499, 999_500, 5 * 1024 ** 3].map(formatBytes)).toEqual([
    ...["0 B", "999 B", "1.0 kB", "1.5 kB", "10 kB", "999 kB", "1.0 MB", "5.4 GB"],
  ]);
});
