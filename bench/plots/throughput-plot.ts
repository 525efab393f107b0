import type { Figures } from "../suites/suite.ts";
import { colours, processColours } from "./colours.ts";
import { goalLine } from "./goal-line.ts";
import { groupedBars } from "./grouped-bars.ts";
import { groupAt, numberAt, numbersAt } from "./number-at.ts";
import type { Panel, Plot } from "./plot.ts";

const goal = { messagesPerSecond: 4_000, ratio: 0.9 };
const ours = "Millrace";
const bare = "bare loop";

export const throughputPlot: Plot = {
  suite: "throughput",
  title: "Full syncs of 50 mailboxes, beside a bare loop",
  draw: (figures) => [ratePanel(figures), processorPanel(figures)],
};

function ratePanel(figures: Figures): Panel {
  const of = (who: string, path: string) =>
    numbersAt(figures, path).map((rate, index) => ({ who, round: index + 1, rate }));
  const values = [...of(ours, "rounds.messagesPerSecond"), ...of(bare, "rounds.bareMessagesPerSecond")];
  return {
    title: `Pace: ${numberAt(figures, "ratio")} of the bare loop's (goal ${goal.ratio})`,
    data: { values },
    width: 250,
    height: 260,
    encoding: {
      x: { field: "round", type: "ordinal", title: "round", axis: { labelAngle: 0 } },
      y: { type: "quantitative", title: "messages/s" },
    },
    layer: [
      ...groupedBars({
        along: "y",
        field: "rate",
        format: ",",
        group: "who",
        colourOf: new Map([
          [ours, colours.millrace],
          [bare, colours.other],
        ]),
        legend: { columns: 2 },
      }),
      ...goalLine("y", goal.messagesPerSecond, "goal 4,000"),
    ],
  };
}

function processorPanel(figures: Figures): Panel {
  const of = (who: string, path: string) => {
    const group = groupAt(figures, path);
    return Object.keys(group).map((name) => ({
      who,
      process: name === "loop" ? "fetcher" : name,
      seconds: numberAt(group, name),
    }));
  };
  const values = [...of(ours, "cpuSecondsPer1000By"), ...of(bare, "bareCpuSecondsPer1000By")];
  const present = Object.keys(processColours).filter((name) =>
    values.some(({ process }) => process === name),
  );
  return {
    title: "Processor time (the simulator does not count)",
    width: 180,
    height: 260,
    data: { values: values.map((one) => ({ ...one, place: present.indexOf(one.process) })) },
    mark: "bar",
    encoding: {
      x: { field: "who", type: "nominal", sort: [ours, bare], title: null, axis: { labelAngle: 0 } },
      y: { field: "seconds", type: "quantitative", title: "seconds per 1,000 messages" },
      order: { field: "place", type: "quantitative" },
      color: {
        field: "process",
        type: "nominal",
        scale: { domain: present, range: present.map((name) => processColours[name] ?? colours.neutral) },
        legend: {
          orient: "right",
          labelExpr: "datum.label === 'fetcher' ? 'fetcher, or the loop' : datum.label",
        },
      },
    },
  };
}
