import type { Figures } from "../suites/suite.ts";
import { colours } from "./colours.ts";
import { goalLine } from "./goal-line.ts";
import { numberAt } from "./number-at.ts";
import type { Panel, Plot } from "./plot.ts";
import { spanPanel } from "./span-panel.ts";

const goal = { slowdownP95: 1.5, jain: 0.98 };

export const fairnessPlot: Plot = {
  suite: "fairness",
  title: "What a large mailbox costs small tenants",
  draw: (figures) => [slowdownPanel(figures), jainPanel(figures)],
};

function slowdownPanel(figures: Figures): Panel {
  const counted = (path: string): string => numberAt(figures, path).toLocaleString("en-US");
  return spanPanel({
    title: `${counted("tenants")} small syncs and one of ${counted("bigMessages")} messages`,
    axis: "times as long as alone (log scale): median (●) to 95th percentile (○)",
    width: 360,
    spans: [
      {
        name: "beside it",
        usual: numberAt(figures, "slowdownP50"),
        high: numberAt(figures, "slowdownP95"),
        isOurs: true,
      },
      {
        name: "behind it, first in, first out",
        usual: numberAt(figures, "fifoSlowdownP50"),
        high: numberAt(figures, "fifoSlowdownP95"),
        isOurs: false,
      },
    ],
    goals: [{ value: goal.slowdownP95, words: `goal p95 ${goal.slowdownP95}` }],
  });
}

/** The mean, and from the least to the most of the samples. */
function jainPanel(figures: Figures): Panel {
  const sample = {
    mean: numberAt(figures, "jain"),
    least: numberAt(figures, "spread.jain.least"),
    most: numberAt(figures, "spread.jain.most"),
  };
  const domainMin = Math.min(0.8, Math.floor(sample.least * 10) / 10);
  const x = {
    type: "quantitative" as const,
    scale: { domainMin, domainMax: 1, zero: false, nice: false },
    title: "Jain's index, mean and spread",
    axis: { tickCount: 5 },
  };
  return {
    title: `${numberAt(figures, "equals.tenants")} equal tenants at once`,
    width: 220,
    height: 84,
    data: { values: [sample] },
    layer: [
      ...goalLine("x", goal.jain, `goal ${goal.jain}`),
      {
        mark: { type: "rule", strokeWidth: 4, color: colours.millraceLight },
        encoding: { x: { ...x, field: "least" }, x2: { field: "most" } },
      },
      {
        mark: { type: "point", filled: true, size: 110, opacity: 1, color: colours.millrace },
        encoding: { x: { ...x, field: "mean" } },
      },
      { mark: { type: "text", dy: 16 }, encoding: { x: { ...x, field: "mean" }, text: { field: "mean" } } },
    ],
  };
}
