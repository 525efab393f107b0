import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { unknownIn } from "../prometheus/known-names.ts";
import { buildDashboard } from "./build-dashboard.ts";
import { dashboards } from "./dashboards.ts";

const folder = fileURLToPath(new URL("../../grafana/dashboards/", import.meta.url));

it.each(dashboards)("$uid is what its file says (written anew with `vitest -u`)", async (dashboard) => {
  const json = `${JSON.stringify(buildDashboard(dashboard), null, 2)}\n`;
  await expect(json).toMatchFileSnapshot(`${folder}${dashboard.uid}.json`);
});

it("leaves no file behind of a dashboard that is not there any more", () => {
  expect(readdirSync(folder).toSorted()).toEqual(dashboards.map(({ uid }) => `${uid}.json`).toSorted());
});

it.each(dashboards)("$uid asks only for metrics and labels that there are", ({ rows }) => {
  for (const { title, queries } of rows.flatMap(({ panels }) => panels))
    for (const { expr, legend } of queries) {
      expect([title, unknownIn(expr)]).toEqual([title, []]);
      // What a legend names has to be left by the query.
      for (const [, label = ""] of legend.matchAll(/\{\{(\w+)\}\}/g))
        expect([title, expr.includes(label) || ["job", "instance"].includes(label)]).toEqual([title, true]);
    }
});
