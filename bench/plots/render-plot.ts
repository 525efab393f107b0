import { parse, resetSVGDefIds, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { SavedResult } from "../results/saved-result.ts";
import { colours } from "./colours.ts";
import type { Plot } from "./plot.ts";

const axis = { labelColor: colours.ink, titleColor: colours.ink, titleFontWeight: "normal" } as const;

/** On a background of its own, because a page may be dark. */
const config: NonNullable<TopLevelSpec["config"]> = {
  background: colours.paper,
  font: "system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif",
  aria: false, // the page says what a plot shows; said of every mark, it makes files a fifth larger
  axis: { ...axis, labelLimit: 300, gridColor: "#e6e6e6", domainColor: "#888888", tickColor: "#888888" },
  view: { stroke: null },
  legend: { labelColor: colours.ink, title: null, orient: "bottom", labelLimit: 240 },
  title: { color: colours.ink, anchor: "start", frame: "group", fontSize: 12, fontWeight: 600, offset: 10 },
  text: { fontSize: 10, color: colours.ink },
  concat: { spacing: 36 },
};

/** The same bytes for the same result. @returns an SVG document */
export async function renderPlot({ title, draw }: Plot, result: SavedResult): Promise<string> {
  const { spec } = compile({
    title: { text: title, subtitle: captionOf(result), fontSize: 15, subtitleColor: "#59636e", offset: 16 },
    padding: 16,
    hconcat: [...draw(result.figures)],
    resolve: { scale: { color: "independent" } },
    config,
  });
  resetSVGDefIds(); // ids are counted on over all plots of a process
  const view = new View(parse(spec), { renderer: "none" });
  try {
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}

function captionOf({ form, measuredAt, machine }: SavedResult): string[] {
  const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" }).format(
    new Date(measuredAt),
  );
  const measured = `Measured on ${day}: ${machine}.`;
  return form === "short" ? [measured, "SHORT FORM: its figures are only an indication."] : [measured];
}
