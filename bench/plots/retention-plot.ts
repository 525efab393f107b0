import type { Figures } from "../suites/suite.ts";
import { barPanel } from "./bar-panel.ts";
import { colours } from "./colours.ts";
import { numberAt, numbersAt } from "./number-at.ts";
import type { Panel, Plot } from "./plot.ts";

const ratioGoal = 0.9;

export const retentionPlot: Plot = {
  suite: "retention",
  title: "Full syncs of 50 mailboxes beside a clean-up of a million rows, and alone",
  draw: (figures) => [pacePanel(figures), processorPanel(figures)],
};

function pacePanel(figures: Figures): Panel {
  return barPanel({
    title: `Messages a second beside it, as a part of those alone: ${numberAt(figures, "ratio")}`,
    axis: "with by without, in each pair",
    width: 300,
    bars: pairsOf(numbersAt(figures, "rounds.ratio")),
    goal: { value: ratioGoal, words: `goal ${ratioGoal}` },
  });
}

function processorPanel(figures: Figures): Panel {
  return barPanel({
    title: `Processor time of everything, clean-up included: ${numberAt(figures, "cpuRatio")}`,
    axis: "with by without, in each pair",
    width: 300,
    bars: pairsOf(numbersAt(figures, "rounds.cpuRatio")),
    goal: null,
  });
}

const pairsOf = (values: readonly number[]) =>
  values.map((value, index) => ({ name: `pair ${index + 1}`, value, colour: colours.millrace }));
