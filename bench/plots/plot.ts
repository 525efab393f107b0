import type { TopLevelSpec } from "vega-lite";
import type { Figures } from "../suites/suite.ts";

/** What a suite's figures look like. */
export interface Plot {
  /** The suite's name, and that of the file. */
  readonly suite: string;
  readonly title: string;
  /** @returns panels beside each other; title, colours and fonts are the same for all plots, and added */
  draw(figures: Figures): readonly Panel[];
}

export type Panel = Extract<TopLevelSpec, { hconcat: unknown }>["hconcat"][number];
export type Layer = Extract<TopLevelSpec, { layer: unknown }>["layer"][number];
