import { expect, test } from "vitest";
import { createPaint, paintState } from "./paint.ts";
import { renderTime } from "./render-time.ts";
import { renderFields, renderTable } from "./table.ts";

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
    ["N"],
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what colours are made of
  expect(table.replaceAll(/\u001b\[\d+m/g, "")).toBe("A        N  B\nyes      1  b\nno   1,000  c\n");
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
