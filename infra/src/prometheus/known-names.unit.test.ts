import { describe, expect, it } from "vitest";
import { readAlertRules } from "./alert-rules.ts";
import { unknownIn } from "./known-names.ts";

describe("what a query names", () => {
  it("is known when the metric has it", () => {
    expect(
      unknownIn(
        'sum by (millrace_lane) (rate(millrace_chunks_settled_total{millrace_lane=~"a|b"}[5m])) > 0.5',
      ),
    ).toEqual([]);
    expect(
      unknownIn("histogram_quantile(0.9, sum by (le) (rate(messaging_process_duration_seconds_bucket[1m])))"),
    ).toEqual([]);
  });

  it.each([
    ["a metric that is not there", "max(millrace_nothing)", ["millrace_nothing"]],
    ["a counter without its ending", "rate(millrace_facts[5m])", ["millrace_facts"]],
    [
      "a histogram as it is",
      "max(messaging_process_duration_seconds)",
      ["messaging_process_duration_seconds"],
    ],
    ["a label that it has not", 'millrace_syncs{lane="x"}', ["millrace_syncs{lane}"]],
    ["a grouping that it has not", "sum by (tenant) (millrace_syncs)", ["by (tenant)"]],
  ])("is not known: %s", (_, query, expected) => {
    expect(unknownIn(query)).toEqual(expected);
  });
});

it("alerts name only metrics and labels that there are", () => {
  for (const { alert, expr } of readAlertRules()) expect([alert, unknownIn(expr)]).toEqual([alert, []]);
});
