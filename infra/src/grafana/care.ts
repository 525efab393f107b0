import type { Dashboard } from "./build-dashboard.ts";
import { quantileOf, seen } from "./queries.ts";

const task = "{{millrace_task}}";
const store = "{{millrace_store}}";

export const care: Dashboard = {
  uid: "millrace-care",
  title: "Care",
  rows: [
    {
      title: "Retention",
      panels: [
        {
          title: "Since a task was completed, in periods",
          description: "Two periods and more are an alert",
          unit: "short",
          queries: [
            {
              expr: `(time() - ${seen("millrace_retention_completed_time_seconds", "millrace_task")}) / ${seen("millrace_retention_period_seconds", "millrace_task")}`,
              legend: task,
            },
          ],
        },
        {
          title: "Runs that failed in a row",
          unit: "short",
          queries: [{ expr: seen("millrace_retention_failures", "millrace_task"), legend: task }],
        },
        {
          title: "Duration of runs (p95), and of the one under way",
          unit: "s",
          queries: [
            {
              expr: quantileOf(0.95, "millrace_retention_run_duration_seconds", "", "millrace_task"),
              legend: task,
            },
            {
              expr: `${seen("millrace_retention_running_age_seconds", "millrace_task")} > 0`,
              legend: `${task}, under way`,
            },
          ],
        },
        {
          title: "Removed an hour",
          unit: "short",
          queries: [
            {
              expr: "sum by (millrace_kind) (increase(millrace_retention_removed_total[1h]))",
              legend: "{{millrace_kind}}",
            },
          ],
        },
        {
          title: "Removed an hour, bytes",
          unit: "bytes",
          queries: [
            {
              expr: "sum by (millrace_task) (increase(millrace_retention_removed_size_bytes_total[1h]))",
              legend: task,
            },
          ],
        },
      ],
    },
    {
      title: "Comparisons by schedule",
      panels: [
        {
          title: "Run, are overdue, failed within a day",
          unit: "short",
          queries: [
            { expr: seen("millrace_verifications", "millrace_status"), legend: "{{millrace_status}}" },
          ],
        },
        {
          title: "Accounts that differ again and again",
          unit: "short",
          kind: "stat",
          redFrom: 1,
          queries: [{ expr: seen("millrace_accounts_drifting"), legend: "accounts" }],
        },
        {
          title: "Differences found, a day",
          unit: "short",
          queries: [
            {
              expr: "sum by (millrace_difference) (increase(millrace_verification_differences_total[1d]))",
              legend: "{{millrace_difference}}",
            },
          ],
        },
        {
          title: "Units of the quota a second, by lane",
          unit: "short",
          queries: [
            {
              expr: "sum by (millrace_lane) (rate(millrace_quota_units_total[$__rate_interval]))",
              legend: "{{millrace_lane}}",
            },
          ],
        },
      ],
    },
    {
      title: "Room",
      panels: [
        {
          title: "Until it is full",
          description: "Nothing is drawn for what is not in sight, or not known",
          unit: "s",
          queries: [{ expr: "min by (millrace_store) (millrace_store_left_seconds)", legend: store }],
        },
        {
          title: "Size",
          unit: "bytes",
          queries: [{ expr: seen("millrace_store_size_bytes", "millrace_store"), legend: store }],
        },
        {
          title: "Growth a day",
          unit: "bytes",
          queries: [{ expr: seen("millrace_store_daily_growth_bytes", "millrace_store"), legend: store }],
        },
      ],
    },
    {
      title: "Configuration, clocks, schedules",
      panels: [
        {
          title: "Fields that differ",
          unit: "short",
          queries: [
            {
              expr: `${seen("millrace_topology_differences", "millrace_part")} > 0`,
              legend: "{{millrace_part}}",
            },
          ],
        },
        {
          title: "Put right, a day",
          unit: "short",
          queries: [
            {
              expr: "sum by (millrace_kind) (increase(millrace_topology_repairs_total[1d]))",
              legend: "{{millrace_kind}}",
            },
          ],
        },
        {
          title: "By how much clocks differ",
          unit: "s",
          queries: [
            {
              expr: "max by (job, instance, millrace_part) (abs(millrace_clock_skew_seconds))",
              legend: "{{millrace_part}} {{job}} {{instance}}",
            },
          ],
        },
        {
          title: "Schedules that nobody keeps",
          unit: "short",
          kind: "stat",
          redFrom: 1,
          queries: [{ expr: seen("millrace_schedules_overdue"), legend: "accounts" }],
        },
      ],
    },
  ],
};
