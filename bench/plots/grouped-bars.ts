import type { Layer } from "./plot.ts";

export interface GroupedBars {
  /** The axis that shows the values. */
  readonly along: "x" | "y";
  /** Field of the value, and how it is written. */
  readonly field: string;
  readonly format: string;
  /** Field by which bars lie beside each other, and the colour of each of its values, in their order. */
  readonly group: string;
  readonly colourOf: ReadonlyMap<string, string>;
  readonly legend: { readonly columns: number } | null;
}

/** Bars that lie beside each other at each place of the other axis, each with its number. */
export function groupedBars({
  along,
  field,
  format,
  group,
  colourOf,
  legend,
}: GroupedBars): readonly Layer[] {
  const labels = [...colourOf.keys()];
  const place = {
    [along]: { field, type: "quantitative" },
    [along === "x" ? "yOffset" : "xOffset"]: { field: group, sort: labels },
  };
  const scale = { domain: labels, range: [...colourOf.values()] };
  const beside = along === "x" ? { align: "left" as const, dx: 3 } : { dy: -7 };
  return [
    { mark: "bar", encoding: { ...place, color: { field: group, type: "nominal", scale, legend } } },
    {
      mark: { type: "text", ...beside },
      encoding: { ...place, text: { field, type: "quantitative", format } },
    },
  ];
}
