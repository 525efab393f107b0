import type { Figures } from "../suites/suite.ts";

// Plots read figures by the names of docs/benchmarks.md. A name that is not there is an error, and not a gap in a plot.

/** @param path names, with dots between them: `rounds.ratio` */
export function numberAt(figures: Figures, path: string): number {
  const value = valueAt(figures, path);
  if (typeof value !== "number" || !Number.isFinite(value)) throw new Error(`${path} is not a number`);
  return value;
}

export function numbersAt(figures: Figures, path: string): readonly number[] {
  const value = valueAt(figures, path);
  if (!Array.isArray(value) || value.some((one) => typeof one !== "number"))
    throw new Error(`${path} is not a list of numbers`);
  return value as readonly number[];
}

export function groupAt(figures: Figures, path: string): Figures {
  const value = valueAt(figures, path);
  if (typeof value !== "object" || Array.isArray(value)) throw new Error(`${path} is not a group of figures`);
  return value as Figures;
}

export function groupsAt(figures: Figures, path: string): readonly Figures[] {
  const value = valueAt(figures, path);
  if (!Array.isArray(value) || value.some((one) => typeof one !== "object"))
    throw new Error(`${path} is not a list of groups`);
  return value as readonly Figures[];
}

function valueAt(figures: Figures, path: string): Figures[string] | undefined {
  return path
    .split(".")
    .reduce<Figures[string] | undefined>(
      (value, name) =>
        typeof value === "object" && !Array.isArray(value) ? (value as Figures)[name] : undefined,
      figures,
    );
}
