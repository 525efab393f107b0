import type { Figures } from "../suites/suite.ts";
import { colours } from "./colours.ts";
import { groupedBars } from "./grouped-bars.ts";
import { groupsAt, numberAt } from "./number-at.ts";
import type { Panel, Plot } from "./plot.ts";

const ours = "Millrace's governor";
const reactive = "a client that only retries";
const colourOf = new Map<string, string>([
  [ours, colours.millrace],
  [reactive, colours.other],
]);

interface Row {
  readonly name: string;
  readonly who: string;
  readonly used: number;
  readonly throttled: number;
}

export const quotaPlot: Plot = {
  suite: "quota",
  title: "The provider's quota, in steady state",
  draw: (figures) => {
    const rows = rowsOf(figures);
    return [
      panel(rows, "used", "Share of the allowed units used (goal 100 %)", ".1%"),
      panel(rows, "throttled", "Messages refused (goal 0)", ",d"),
    ];
  },
};

const rowsOf = (figures: Figures): readonly Row[] =>
  groupsAt(figures, "cases").flatMap((one) => {
    const accounts = numberAt(one, "accounts");
    const name = `${one.plan}, ${accounts} ${accounts === 1 ? "account" : "accounts"}`;
    return [
      { name, who: ours, used: numberAt(one, "utilisation"), throttled: numberAt(one, "throttled") },
      {
        name,
        who: reactive,
        used: numberAt(one, "reactiveUtilisation"),
        throttled: numberAt(one, "reactiveThrottled"),
      },
    ];
  });

function panel(values: readonly Row[], field: "used" | "throttled", title: string, format: string): Panel {
  const isFirst = field === "used";
  return {
    title,
    width: 250,
    height: { step: 20 },
    data: { values: [...values] },
    encoding: {
      y: { field: "name", type: "nominal", sort: null, title: null, axis: isFirst ? {} : null },
      x: {
        type: "quantitative",
        title: isFirst ? "share of the allowed units" : "messages",
        axis: { format: isFirst ? "%" : ",d", tickCount: 5 },
      },
    },
    layer: [
      ...groupedBars({
        along: "x",
        field,
        format,
        group: "who",
        colourOf,
        legend: isFirst ? { columns: 2 } : null, // one is enough for both
      }),
    ],
  };
}
