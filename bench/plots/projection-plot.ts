import type { Figures } from "../suites/suite.ts";
import { type BarPanel, barPanel } from "./bar-panel.ts";
import { colours } from "./colours.ts";
import { numberAt } from "./number-at.ts";
import type { Plot } from "./plot.ts";

const goal = { eventsPerSecond: 20_000, lagP99Ms: 100 };

export const projectionPlot: Plot = {
  suite: "projection",
  title: "How fast facts become views",
  draw: (figures) => [barPanel(pace(figures)), barPanel(lag(figures))],
};

const pace = (figures: Figures): BarPanel => ({
  title: "Pace",
  axis: "events/s",
  width: 290,
  bars: [
    { name: "catching up with a log", value: numberAt(figures, "eventsPerSecond"), colour: colours.millrace },
    {
      name: "its transactions alone",
      value: numberAt(figures, "appliedPerSecond"),
      colour: colours.millraceLight,
    },
    {
      name: "rebuild of all views",
      value: numberAt(figures, "rebuildEventsPerSecond"),
      colour: colours.millraceLight,
    },
  ],
  goal: { value: goal.eventsPerSecond, words: "goal of catching up" },
});

const lag = (figures: Figures): BarPanel => ({
  title: `Lag, while ${numberAt(figures, "appendedPerSecond")} events/s are appended`,
  axis: "milliseconds",
  width: 250,
  bars: [
    { name: "median", value: numberAt(figures, "lagP50Ms"), colour: colours.millraceLight },
    { name: "99th percentile", value: numberAt(figures, "lagP99Ms"), colour: colours.millrace },
    { name: "most", value: numberAt(figures, "lagMaxMs"), colour: colours.millraceLight },
  ],
  goal: { value: goal.lagP99Ms, words: "goal of the 99th percentile" },
});
