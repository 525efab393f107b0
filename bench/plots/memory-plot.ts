import type { Figures } from "../suites/suite.ts";
import { colours } from "./colours.ts";
import { goalLine } from "./goal-line.ts";
import { groupedBars } from "./grouped-bars.ts";
import { groupAt, numberAt } from "./number-at.ts";
import type { Panel, Plot } from "./plot.ts";

const goal = { mib: 150, growth: 0.05 };
const caseColours = {
  small: colours.millraceLight,
  large: colours.millrace,
  largeMailFull: colours.otherLight,
  largeMailRaw: colours.other,
};

export const memoryPlot: Plot = {
  suite: "memory",
  title: "The most memory that each service holds while one mailbox is copied",
  draw: (figures) => [peaks(figures)],
};

function peaks(figures: Figures): Panel {
  const cases = Object.entries(caseColours).map(([name, colour]) => ({
    peak: groupAt(figures, `rssMiB.${name}`),
    label: labelOf(name, numberAt(figures, `messages.${name}`)),
    colour,
  }));
  const values = cases.flatMap(({ peak, label }) =>
    Object.keys(peak).map((service) => ({ service, label, mib: numberAt(peak, service) })),
  );
  return {
    title: `From the small to the large mailbox the highest growth is ${numberAt(figures, "growth")} (goal ${goal.growth})`,
    width: 560,
    height: { step: 15 },
    data: { values },
    encoding: {
      y: { field: "service", type: "nominal", sort: null, title: null },
      x: { type: "quantitative", title: "MiB" },
    },
    layer: [
      ...groupedBars({
        along: "x",
        field: "mib",
        format: ",",
        group: "label",
        colourOf: new Map(cases.map(({ label, colour }) => [label, colour])),
        legend: { columns: 2 },
      }),
      ...goalLine("x", goal.mib, `goal ${goal.mib} MiB`),
    ],
  };
}

function labelOf(name: string, messages: number): string {
  const count = messages.toLocaleString("en-US");
  if (name === "largeMailFull") return `${count} messages of 25 MB, parsed`;
  if (name === "largeMailRaw") return `${count} messages of 25 MB, raw`;
  return `${count} messages`;
}
