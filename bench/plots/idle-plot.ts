import type { Figures } from "../suites/suite.ts";
import { barPanel } from "./bar-panel.ts";
import { colours } from "./colours.ts";
import { groupAt, numberAt } from "./number-at.ts";
import type { Plot } from "./plot.ts";

const goalPercent = 1;

export const idlePlot: Plot = {
  suite: "idle",
  title: "Accounts in which nothing happens, each of them polled",
  draw: (figures) => [
    barPanel({
      title: `${numberAt(figures, "accounts").toLocaleString("en-US")} accounts, ${numberAt(figures, "pollsPerSecond")} polls/s`,
      axis: "processor time, in percent of one core",
      width: 480,
      bars: [
        { name: "all four services", value: numberAt(figures, "cpuPercent"), colour: colours.millrace },
        ...barsOf(figures, "cpuPercentBy", colours.millraceLight),
        ...barsOf(figures, "besideCpuPercentBy", colours.uncounted, " (does not count)"),
      ],
      goal: { value: goalPercent, words: "goal of all four" },
    }),
  ],
};

function barsOf(figures: Figures, path: string, colour: string, suffix = "") {
  const shares = groupAt(figures, path);
  return Object.keys(shares).map((name) => ({
    name: `${name}${suffix}`,
    value: numberAt(shares, name),
    colour,
  }));
}
