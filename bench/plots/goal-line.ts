import { colours } from "./colours.ts";
import type { Layer } from "./plot.ts";

/** A dashed line across a panel where the goal is, and in words what it is. */
export function goalLine(axis: "x" | "y", value: number, words: string): readonly Layer[] {
  const data = { values: [{}] }; // once, and not for each row of the panel
  const at = { datum: value };
  const rule = { type: "rule" as const, color: colours.goal, strokeDash: [5, 3], strokeWidth: 1.5 };
  const text = { type: "text", text: words, color: colours.goal } as const;
  if (axis === "x")
    return [
      { data, mark: rule, encoding: { x: at, y: { value: 0 }, y2: { value: "height" } } },
      { data, mark: text, encoding: { x: at, y: { value: -8 } } },
    ];
  return [
    { data, mark: rule, encoding: { y: at, x: { value: 0 }, x2: { value: "width" } } },
    { data, mark: { ...text, align: "right", dy: 9 }, encoding: { y: at, x: { value: "width" } } },
  ];
}
