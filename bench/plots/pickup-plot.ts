import type { Figures } from "../suites/suite.ts";
import { groupAt, numberAt } from "./number-at.ts";
import type { Panel, Plot } from "./plot.ts";
import { spanPanel } from "./span-panel.ts";

const goals = [
  { value: 5, words: "goal p50" },
  { value: 25, words: "goal p99" },
];

export const pickupPlot: Plot = {
  suite: "pickup",
  title: "From a request for work to the first call of the provider",
  draw: (figures) => [
    panel(figures, "Idle", "p50Ms", "p99Ms"),
    panel(figures, "While Millrace syncs six large mailboxes", "loadedP50Ms", "loadedP99Ms"),
  ],
};

function panel(figures: Figures, title: string, p50: string, p99: string): Panel {
  const peers = groupAt(figures, "peers");
  const spanOf = (name: string, of: Figures, isOurs: boolean) => ({
    name,
    usual: numberAt(of, p50),
    high: numberAt(of, p99),
    isOurs,
  });
  return spanPanel({
    title,
    axis: "milliseconds (log scale): median (●) to 99th percentile (○)",
    width: 290,
    spans: [
      spanOf("Millrace", figures, true),
      ...Object.keys(peers).map((name) => spanOf(name, groupAt(peers, name), false)),
    ],
    goals,
  });
}
