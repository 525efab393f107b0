import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { allMetrics } from "./all-metrics.ts";
import { describeMetrics } from "./describe-metrics.ts";
import { prometheusName } from "./prometheus-name.ts";

const file = fileURLToPath(new URL("../../../../../docs/metrics.md", import.meta.url));

it("is what docs/metrics.md says (written anew with `vitest -u`)", async () => {
  await expect(describeMetrics()).toMatchFileSnapshot(file);
});

it("names each metric once, in Prometheus as well", () => {
  const names = allMetrics().map(prometheusName);
  expect(names.length).toBeGreaterThan(60);
  expect(new Set(names).size).toBe(names.length);
});

it("has no attribute without end: ids of tenants, accounts, syncs, chunks, messages", () => {
  const keys = new Set(allMetrics().flatMap(({ attributes }) => Object.keys(attributes)));
  for (const key of keys) expect(key).not.toMatch(/tenant|account|sync|chunk|message|email|address|\bid\b/);
});

it("writes units in UCUM", () => {
  for (const { unit } of allMetrics()) expect(unit).toMatch(/^(s|By|1|\{[a-z]+\})$/);
});
