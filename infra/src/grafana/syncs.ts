import type { Dashboard } from "./build-dashboard.ts";
import { quantileOf, rateOf, seen } from "./queries.ts";

export const syncs: Dashboard = {
  uid: "millrace-syncs",
  title: "Syncs",
  rows: [
    {
      title: "Syncs",
      panels: [
        {
          title: "Not ended, by status",
          unit: "short",
          isStacked: true,
          queries: [{ expr: seen("millrace_syncs", "millrace_status"), legend: "{{millrace_status}}" }],
        },
        {
          title: "Ended an hour, by how",
          unit: "short",
          queries: [
            {
              expr: "sum by (millrace_status) (increase(millrace_syncs_ended_total[1h]))",
              legend: "{{millrace_status}}",
            },
          ],
        },
        {
          title: "Accounts, by how they stand",
          unit: "short",
          isStacked: true,
          queries: [{ expr: seen("millrace_accounts", "millrace_status"), legend: "{{millrace_status}}" }],
        },
      ],
    },
    {
      title: "Chunks",
      panels: [
        {
          title: "Settled a second, by lane",
          unit: "short",
          queries: [
            {
              expr: rateOf("millrace_chunks_settled_total", "millrace_lane, millrace_outcome"),
              legend: "{{millrace_lane}} {{millrace_outcome}}",
            },
          ],
        },
        {
          title: "Attempts that failed, a second",
          unit: "short",
          queries: [
            {
              expr: rateOf("millrace_attempts_failed_total", "error_type, millrace_next"),
              legend: "{{error_type}}, then {{millrace_next}}",
            },
          ],
        },
        {
          title: "Dead letters added an hour",
          unit: "short",
          queries: [
            {
              expr: "sum by (error_type) (increase(millrace_dead_letters_added_total[1h]))",
              legend: "{{error_type}}",
            },
          ],
        },
      ],
    },
    {
      title: "What happens besides",
      panels: [
        {
          title: "Facts a second",
          unit: "short",
          isStacked: true,
          queries: [{ expr: rateOf("millrace_facts_total", "millrace_fact"), legend: "{{millrace_fact}}" }],
        },
        {
          title: "Differences that comparisons found, an hour",
          unit: "short",
          queries: [
            {
              expr: "sum by (millrace_difference) (increase(millrace_verification_differences_total[1h]))",
              legend: "{{millrace_difference}}",
            },
          ],
        },
        {
          title: "Consent lost, an hour",
          unit: "short",
          queries: [{ expr: "sum(increase(millrace_consent_lost_total[1h]))", legend: "syncs that paused" }],
        },
      ],
    },
    {
      title: "The janitor and webhooks",
      panels: [
        {
          title: "Since a task was done",
          unit: "s",
          queries: [
            {
              expr: `time() - ${seen("millrace_task_finished_time_seconds", "millrace_task")}`,
              legend: "{{millrace_task}}",
            },
          ],
        },
        {
          title: "Duration of tasks (p95)",
          unit: "s",
          queries: [
            {
              expr: quantileOf(0.95, "millrace_task_duration_seconds", "", "millrace_task"),
              legend: "{{millrace_task}}",
            },
          ],
        },
        {
          title: "Removed by retention, an hour",
          unit: "short",
          queries: [
            {
              expr: "sum by (millrace_kind) (increase(millrace_retention_removed_total[1h]))",
              legend: "{{millrace_kind}}",
            },
          ],
        },
        {
          title: "Webhook attempts a second",
          unit: "short",
          queries: [
            {
              expr: rateOf("millrace_webhooks_attempts_total", "millrace_outcome"),
              legend: "{{millrace_outcome}}",
            },
          ],
        },
      ],
    },
  ],
};
