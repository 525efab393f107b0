import type { Dashboard } from "./build-dashboard.ts";
import { quantileOf, rateOf, seen } from "./queries.ts";

export const overview: Dashboard = {
  uid: "millrace-overview",
  title: "Overview",
  rows: [
    {
      title: "Now",
      panels: [
        {
          title: "Copies that are not ready",
          unit: "short",
          kind: "stat",
          redFrom: 1,
          queries: [{ expr: "count(millrace_service_ready == 0) or vector(0)", legend: "not ready" }],
        },
        {
          title: "Ledger imbalance",
          description: "Must be 0.",
          unit: "short",
          kind: "stat",
          redFrom: 1,
          queries: [{ expr: seen("millrace_ledger_imbalance"), legend: "messages" }],
        },
        {
          title: "Stalled syncs",
          unit: "short",
          kind: "stat",
          redFrom: 1,
          queries: [{ expr: seen("millrace_syncs_stalled"), legend: "syncs" }],
        },
        {
          title: "Dead letters open",
          unit: "short",
          kind: "stat",
          redFrom: 1,
          queries: [{ expr: seen('millrace_dead_letters_open{millrace_state="open"}'), legend: "messages" }],
        },
        {
          title: "Projection lag",
          unit: "s",
          kind: "stat",
          redFrom: 60,
          queries: [{ expr: seen("millrace_projection_lag_age_seconds"), legend: "lag" }],
        },
        {
          title: "Running syncs",
          unit: "short",
          kind: "stat",
          queries: [{ expr: seen('millrace_syncs{millrace_status="running"}'), legend: "syncs" }],
        },
      ],
    },
    {
      title: "Work",
      panels: [
        {
          title: "Messages a second",
          unit: "short",
          isStacked: true,
          queries: [
            {
              expr: rateOf("millrace_messages_settled_total", "millrace_outcome"),
              legend: "{{millrace_outcome}}",
            },
          ],
        },
        {
          title: "Mail received",
          unit: "Bps",
          isStacked: true,
          queries: [
            {
              expr: rateOf("millrace_provider_received_bytes_total", "millrace_kind"),
              legend: "{{millrace_kind}}",
            },
          ],
        },
        {
          title: "Request to started sync",
          unit: "s",
          queries: [0.5, 0.95, 0.99].map((share) => ({
            expr: quantileOf(share, "millrace_sync_pickup_duration_seconds"),
            legend: `p${share * 100}`,
          })),
        },
      ],
    },
    {
      title: "API",
      panels: [
        {
          title: "Requests a second, by status",
          unit: "reqps",
          isStacked: true,
          queries: [
            {
              expr: rateOf(
                'http_server_request_duration_seconds_count{app="millrace"}',
                "http_response_status_code",
              ),
              legend: "{{http_response_status_code}}",
            },
          ],
        },
        {
          title: "Duration by route (p95)",
          unit: "s",
          queries: [
            {
              expr: quantileOf(
                0.95,
                "http_server_request_duration_seconds",
                '{app="millrace",http_route!~".*/stream"}',
                "http_route",
              ),
              legend: "{{http_route}}",
            },
          ],
        },
        {
          title: "Live streams",
          unit: "short",
          queries: [{ expr: "sum(millrace_live_streams_open)", legend: "open" }],
        },
      ],
    },
  ],
};
