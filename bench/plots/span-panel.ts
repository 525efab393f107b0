import { colours } from "./colours.ts";
import { goalLine } from "./goal-line.ts";
import type { Layer, Panel } from "./plot.ts";

/** A usual value and a high one of the same thing. */
export interface Span {
  readonly name: string;
  readonly usual: number;
  readonly high: number;
  readonly isOurs: boolean;
}

export interface SpanPanel {
  readonly title: string;
  /** What is measured, in which unit; the scale is logarithmic. */
  readonly axis: string;
  readonly width: number;
  readonly spans: readonly Span[];
  readonly goals: readonly { readonly value: number; readonly words: string }[];
}

/** A line for each from its usual value (a filled point) to its high one (an open point), with the numbers beside. */
export function spanPanel({ title, axis, width, spans, goals }: SpanPanel): Panel {
  const shown = [...spans.flatMap(({ usual, high }) => [usual, high]), ...goals.map(({ value }) => value)];
  return {
    title,
    width,
    height: { step: 32 },
    data: { values: [...spans] },
    encoding: {
      x: {
        type: "quantitative",
        scale: { type: "log", nice: false, padding: 48 },
        title: axis,
        axis: { values: logTicks(Math.min(...shown), Math.max(...shown)), format: "," },
      },
      y: { field: "name", type: "nominal", sort: spans.map(({ name }) => name), title: null },
    },
    layer: [
      ...goals.flatMap(({ value, words }) => goalLine("x", value, words)),
      {
        mark: { type: "rule", strokeWidth: 3 },
        encoding: { x: { field: "usual" }, x2: { field: "high" }, color },
      },
      ...end("high", { fill: colours.paper }, { align: "left", dx: 9 }),
      ...end("usual", { filled: true }, { align: "right", dx: -9 }),
    ],
  };
}

const color = { condition: { test: "datum.isOurs", value: colours.millrace }, value: colours.neutral };

/** A point and its number. */
function end(
  field: "usual" | "high",
  point: { readonly fill?: string; readonly filled?: boolean },
  text: { readonly align: "left" | "right"; readonly dx: number },
): readonly Layer[] {
  return [
    { mark: { type: "point", size: 80, opacity: 1, ...point }, encoding: { x: { field }, color } },
    { mark: { type: "text", ...text }, encoding: { x: { field }, text: { field } } },
  ];
}

/** 1, 2, 5, 10 and so on in a narrow range, 1, 10, 100 in a wide one: all of the library's would be too many. */
function logTicks(least: number, most: number): number[] {
  const steps = most / least < 50 ? [1, 2, 5] : [1];
  const decades = Array.from({ length: 10 }, (_, index) => 10 ** (index - 3));
  return decades
    .flatMap((decade) => steps.map((step) => Number((step * decade).toPrecision(1))))
    .filter((tick) => tick >= least / 1.3 && tick <= most * 1.3);
}
