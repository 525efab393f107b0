import type { Dashboard } from "./build-dashboard.ts";
import { quantileOf, rateOf, seen } from "./queries.ts";

const calls = "millrace_provider_call_duration_seconds";

export const provider: Dashboard = {
  uid: "millrace-provider",
  title: "Gmail and quota",
  rows: [
    {
      title: "Calls",
      panels: [
        {
          title: "A second, by operation",
          unit: "short",
          queries: [
            { expr: rateOf(`${calls}_count`, "millrace_operation"), legend: "{{millrace_operation}}" },
          ],
        },
        {
          title: "A second, by outcome",
          unit: "short",
          queries: [{ expr: rateOf(`${calls}_count`, "millrace_outcome"), legend: "{{millrace_outcome}}" }],
        },
        {
          title: "Duration (p95)",
          unit: "s",
          queries: [
            { expr: quantileOf(0.95, calls, "", "millrace_operation"), legend: "{{millrace_operation}}" },
          ],
        },
      ],
    },
    {
      title: "Quota",
      panels: [
        {
          title: "Units of all mailboxes, a minute",
          unit: "short",
          queries: [
            {
              expr: seen("millrace_quota_project_units", "millrace_reading"),
              legend: "{{millrace_reading}}",
            },
          ],
        },
        {
          title: "Units given out, a minute",
          unit: "short",
          isStacked: true,
          queries: [
            {
              expr: `60 * ${rateOf("millrace_quota_units_total", "millrace_lane")}`,
              legend: "{{millrace_lane}}",
            },
          ],
        },
        {
          title: "Work told to come later, a second",
          unit: "short",
          queries: [
            {
              expr: rateOf("millrace_quota_deferrals_total", "millrace_budget, millrace_lane"),
              legend: "{{millrace_budget}}, {{millrace_lane}}",
            },
          ],
        },
        {
          title: "How much later (p90)",
          unit: "s",
          queries: [
            {
              expr: quantileOf(0.9, "millrace_quota_deferral_duration_seconds", "", "millrace_lane"),
              legend: "{{millrace_lane}}",
            },
          ],
        },
      ],
    },
    {
      title: "Throttles, tokens, watches",
      panels: [
        {
          title: "Throttles a second",
          unit: "short",
          queries: [{ expr: rateOf("millrace_quota_throttles_total"), legend: "throttles" }],
        },
        {
          title: "Cool-downs (p90)",
          unit: "s",
          queries: [
            { expr: quantileOf(0.9, "millrace_quota_cool_down_duration_seconds"), legend: "asked for" },
          ],
        },
        {
          title: "Token refreshes a second",
          unit: "short",
          queries: [
            {
              expr: rateOf("millrace_token_refreshes_total", "millrace_outcome"),
              legend: "{{millrace_outcome}}",
            },
          ],
        },
        {
          title: "Watches",
          unit: "short",
          isStacked: true,
          queries: [{ expr: seen("millrace_watches", "millrace_status"), legend: "{{millrace_status}}" }],
        },
      ],
    },
  ],
};
