import type { Figures } from "../suites/suite.ts";
import { barPanel } from "./bar-panel.ts";
import { colours } from "./colours.ts";
import { numberAt, numbersAt } from "./number-at.ts";
import type { Panel, Plot } from "./plot.ts";

const ratioGoal = 0.97;

export const tracingPlot: Plot = {
  suite: "tracing",
  title: "Full syncs of 50 mailboxes on two stacks at once, one of which traces a tenth",
  draw: (figures) => [progressPanel(figures), processorPanel(figures)],
};

function progressPanel(figures: Figures): Panel {
  return barPanel({
    title: `Progress with tracing, as a part of that without: ${numberAt(figures, "ratio")}`,
    axis: "messages stored when the first stack is through, with by without",
    width: 300,
    bars: numbersAt(figures, "rounds.ratio").map((value, index) => ({
      name: `round ${index + 1}`,
      value,
      colour: colours.millrace,
    })),
    goal: { value: ratioGoal, words: `goal ${ratioGoal}` },
  });
}

function processorPanel(figures: Figures): Panel {
  const off = numberAt(figures, "cpuSecondsPer1000Off");
  return barPanel({
    title: "Processor time of services, NATS and Postgres",
    axis: "seconds per 1,000 messages",
    width: 220,
    bars: [
      { name: "tracing a tenth", value: numberAt(figures, "cpuSecondsPer1000"), colour: colours.millrace },
      { name: "not tracing", value: off, colour: colours.other },
    ],
    goal: { value: Math.round((off / ratioGoal) * 1_000) / 1_000, words: "0.97 of the pace" },
  });
}
