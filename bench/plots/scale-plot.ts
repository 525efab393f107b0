import type { Figures } from "../suites/suite.ts";
import { colours } from "./colours.ts";
import { groupsAt, numberAt } from "./number-at.ts";
import type { Layer, Panel, Plot } from "./plot.ts";

const goal = { fetchers: 8, speedup: 7 };

export const scalePlot: Plot = {
  suite: "scale",
  title: "More fetchers at a slow provider",
  draw: (figures) => [ratePanel(figures)],
};

function ratePanel(figures: Figures): Panel {
  const cases = groupsAt(figures, "cases").map((one) => ({
    fetchers: numberAt(one, "fetchers"),
    rate: numberAt(one, "messagesPerSecond"),
    words: `${percent(numberAt(one, "toLinear"))} of linear, cores ${percent(numberAt(one, "machineShare"))} busy`,
  }));
  const single = cases[0]?.rate ?? Number.NaN;
  const most = Math.max(...cases.map(({ fetchers }) => fetchers));
  return {
    title: `${numberAt(figures, "speedup")} times as fast with ${most} as with one (goal ${goal.speedup} with ${goal.fetchers})`,
    width: 520,
    height: 280,
    encoding: {
      x: {
        field: "fetchers",
        type: "quantitative",
        title: "copies of the fetcher",
        axis: { values: cases.map(({ fetchers }) => fetchers), format: "d" },
        scale: { domain: [0, most * 1.3], nice: false },
      },
      y: { field: "rate", type: "quantitative", title: "messages/s" },
    },
    layer: [...linear(most, single), ...goalPoint(most, single), ...measured(cases)],
  };
}

function measured(values: { fetchers: number; rate: number; words: string }[]): readonly Layer[] {
  const data = { values };
  const color = colours.millrace;
  return [
    { data, mark: { type: "line", color, strokeWidth: 2.5, point: { size: 70, color } } },
    {
      data,
      mark: { type: "text", align: "left", dx: 8, dy: 14 },
      encoding: { text: { field: "words" } },
    },
  ];
}

function linear(most: number, single: number): readonly Layer[] {
  const values = [1, most].map((fetchers) => ({ fetchers, rate: fetchers * single }));
  const color = colours.neutral;
  return [
    { data: { values }, mark: { type: "line", color, strokeDash: [5, 3] } },
    {
      data: { values: values.slice(-1) },
      mark: { type: "text", align: "left", dx: 8, text: "linear", color },
    },
  ];
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** It is about eight fetchers, and says nothing of fewer. */
function goalPoint(most: number, single: number): readonly Layer[] {
  if (most !== goal.fetchers) return [];
  const data = { values: [{ fetchers: goal.fetchers, rate: goal.speedup * single }] };
  return [
    { data, mark: { type: "point", shape: "cross", filled: true, size: 110, color: colours.goal } },
    { data, mark: { type: "text", align: "left", dx: 8, text: "goal", color: colours.goal } },
  ];
}
