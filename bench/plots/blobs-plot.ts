import type { Figures } from "../suites/suite.ts";
import { barPanel } from "./bar-panel.ts";
import { colours } from "./colours.ts";
import { numberAt } from "./number-at.ts";
import type { Panel, Plot } from "./plot.ts";

export const blobsPlot: Plot = {
  suite: "blobs",
  title: "Content that is removed while fifty writers attach it",
  draw: (figures) => [
    storePanel(figures, "folder", "In a folder"),
    storePanel(figures, "s3", "On a server that speaks S3"),
  ],
};

function storePanel(figures: Figures, store: "folder" | "s3", title: string): Panel {
  const bar = (name: string, field: string, colour: string = colours.millrace) => ({
    name,
    value: numberAt(figures, `${store}.${field}`),
    colour,
  });
  return barPanel({
    title: `${title}: ${numberAt(figures, `${store}.dangling`)} references lead nowhere`,
    axis: "how many",
    width: 300,
    bars: [
      bar("attached", "attached"),
      bar("while it was removed", "races"),
      bar("blobs removed", "deleted", colours.other),
      bar("led nowhere", "dangling", colours.other),
    ],
    goal: null,
  });
}
