import type { Dashboard } from "./build-dashboard.ts";
import { quantileOf, rateOf, seen } from "./queries.ts";

const consumer = "messaging_consumer_group_name";
const legend = `{{${consumer}}}`;

export const broker: Dashboard = {
  uid: "millrace-broker",
  title: "Broker and queue",
  rows: [
    {
      title: "Queue",
      panels: [
        {
          title: "Messages that wait",
          unit: "short",
          queries: [{ expr: seen("millrace_consumer_pending", consumer), legend }],
        },
        {
          title: "Messages that are claimed",
          unit: "short",
          queries: [{ expr: seen("millrace_consumer_claimed", consumer), legend }],
        },
        {
          title: "Oldest work that is due",
          unit: "s",
          queries: [
            { expr: seen("millrace_queue_oldest_age_seconds", "millrace_lane"), legend: "{{millrace_lane}}" },
            { expr: seen("millrace_requests_oldest_age_seconds"), legend: "requests" },
          ],
        },
      ],
    },
    {
      title: "Consumers",
      panels: [
        {
          title: "Settled a second, by how",
          unit: "short",
          queries: [
            {
              expr: rateOf("messaging_process_duration_seconds_count", `${consumer}, millrace_outcome`),
              legend: `${legend} {{millrace_outcome}}`,
            },
          ],
        },
        {
          title: "Duration (p95)",
          unit: "s",
          queries: [{ expr: quantileOf(0.95, "messaging_process_duration_seconds", "", consumer), legend }],
        },
        {
          title: "Slots in use",
          unit: "percentunit",
          queries: [
            {
              expr: `sum by (${consumer}) (millrace_deliveries_in_flight) / sum by (${consumer}) (millrace_consumer_slots)`,
              legend,
            },
          ],
        },
        {
          title: "Redeliveries, and stores away, a second",
          unit: "short",
          queries: [
            {
              expr: rateOf("millrace_deliveries_redelivered_total", consumer),
              legend: `redelivered ${legend}`,
            },
            { expr: rateOf("millrace_store_away_total", consumer), legend: `store away ${legend}` },
          ],
        },
      ],
    },
    {
      title: "Streams and log",
      panels: [
        {
          title: "Room used",
          unit: "percentunit",
          queries: [
            {
              expr: `${seen("millrace_stream_size_bytes", "millrace_stream")} / ${seen("millrace_stream_limit_bytes", "millrace_stream")}`,
              legend: "{{millrace_stream}}",
            },
          ],
        },
        {
          title: "Messages",
          unit: "short",
          queries: [
            { expr: seen("millrace_stream_messages", "millrace_stream"), legend: "{{millrace_stream}}" },
          ],
        },
        {
          title: "Facts that the views do not show",
          unit: "short",
          queries: [{ expr: seen("millrace_projection_lag"), legend: "facts" }],
        },
        {
          title: "Fact to view (p95)",
          unit: "s",
          queries: [{ expr: quantileOf(0.95, "millrace_projection_delay_seconds"), legend: "delay" }],
        },
      ],
    },
  ],
};
