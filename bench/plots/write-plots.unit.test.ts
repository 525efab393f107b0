import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readResult } from "../results/saved-result.ts";
import { suites } from "../suites/suites.ts";
import { plots } from "./plots.ts";
import { readPlot, renderPlots } from "./write-plots.ts";

const svgBytesMax = 40_000;
/** It takes a second; a machine that is busy with other tests takes its time. */
const timeout = 60_000;
const page = readFileSync(new URL("../../docs/benchmarks.md", import.meta.url), "utf8");
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf("\n")), section] as const),
);
const names = suites.map(({ name }) => name);

describe("docs/benchmarks.md", () => {
  test.each(names)("says how %s is measured, and shows its plot", (name) => {
    expect(sections.get(name)).toMatch(new RegExp(`^!\\[[^\\]]{20,}\\]\\(benchmarks/${name}\\.svg\\)$`, "m"));
  });
});

describe("plots", () => {
  test("every suite has one, and a result that it is made of", () => {
    expect(plots.map(({ suite }) => suite).toSorted()).toEqual(names.toSorted());
    expect(names.filter((name) => readResult(name)?.suite !== name)).toEqual([]);
  });

  test("are what the results give, every time, and small: npm run bench -- plot", { timeout }, async () => {
    for (const rendered of [await renderPlots(), await renderPlots()]) {
      for (const [suite, svg] of rendered) {
        expect(readPlot(suite) === svg, `docs/benchmarks/${suite}.svg is of other results`).toBe(true);
        expect(Buffer.byteLength(svg)).toBeLessThan(svgBytesMax);
      }
    }
  });
});
