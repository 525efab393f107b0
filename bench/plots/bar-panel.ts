import { goalLine } from "./goal-line.ts";
import type { Panel } from "./plot.ts";

export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly colour: string;
}

export interface BarPanel {
  readonly title: string;
  /** What is measured, in which unit. */
  readonly axis: string;
  readonly width: number;
  readonly bars: readonly Bar[];
  /** Null where there is none. */
  readonly goal: { readonly value: number; readonly words: string } | null;
}

/** Bars from the left, each with its number, and the goal across them, if there is one. */
export function barPanel({ title, axis, width, bars, goal }: BarPanel): Panel {
  const x = { field: "value", type: "quantitative", title: axis, axis: { tickCount: 5 } } as const;
  return {
    title,
    width,
    height: { step: 30 },
    data: { values: [...bars] },
    encoding: {
      y: { field: "name", type: "nominal", sort: bars.map(({ name }) => name), title: null },
    },
    layer: [
      { mark: "bar", encoding: { x, color: { field: "colour", type: "nominal", scale: null } } },
      ...(goal === null ? [] : goalLine("x", goal.value, goal.words)),
      {
        mark: { type: "text", align: "left", dx: 4 },
        encoding: { x, text: { field: "value", type: "quantitative", format: ",.3~r" } },
      },
    ],
  };
}
