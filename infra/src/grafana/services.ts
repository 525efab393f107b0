import type { Dashboard } from "./build-dashboard.ts";
import { quantileOf, rateOf } from "./queries.ts";

const ours = '{app="millrace"}';
const copy = "{{job}} {{instance}}";

export const services: Dashboard = {
  uid: "millrace-services",
  title: "Services",
  rows: [
    {
      title: "Up and ready",
      panels: [
        { title: "Ready", unit: "short", queries: [{ expr: "millrace_service_ready", legend: copy }] },
        {
          title: "Parts that answer",
          unit: "short",
          queries: [
            {
              expr: "min by (job, millrace_part) (millrace_service_part_ready)",
              legend: "{{job}} {{millrace_part}}",
            },
          ],
        },
        {
          title: "Running since",
          unit: "s",
          queries: [{ expr: `process_uptime_seconds${ours}`, legend: copy }],
        },
        {
          title: "Broker lost, an hour",
          unit: "short",
          queries: [
            { expr: "sum by (job) (increase(millrace_broker_interruptions_total[1h]))", legend: "{{job}}" },
          ],
        },
      ],
    },
    {
      title: "Process",
      panels: [
        {
          title: "Event-loop delay (p99)",
          unit: "s",
          queries: [{ expr: `nodejs_eventloop_delay_p99_seconds${ours}`, legend: copy }],
        },
        {
          title: "Event loop at work",
          unit: "percentunit",
          queries: [{ expr: `nodejs_eventloop_utilization_ratio${ours}`, legend: copy }],
        },
        {
          title: "Processors",
          unit: "percentunit",
          queries: [{ expr: `process_cpu_utilization_ratio${ours}`, legend: copy }],
        },
      ],
    },
    {
      title: "Memory",
      panels: [
        {
          title: "Resident",
          unit: "bytes",
          queries: [{ expr: `process_memory_usage_bytes${ours}`, legend: copy }],
        },
        {
          title: "Heap used, of its limit",
          unit: "percentunit",
          queries: [
            {
              expr: `v8js_memory_heap_used_bytes${ours} / v8js_memory_heap_limit_bytes${ours}`,
              legend: copy,
            },
          ],
        },
      ],
    },
    {
      title: "Database",
      panels: [
        {
          title: "Connections",
          unit: "short",
          isStacked: true,
          queries: [
            {
              expr: `sum by (job, db_client_connection_state) (db_client_connection_count${ours})`,
              legend: "{{job}} {{db_client_connection_state}}",
            },
          ],
        },
        {
          title: "Who waits for one",
          unit: "short",
          queries: [{ expr: `db_client_connection_pending_requests${ours}`, legend: copy }],
        },
        {
          title: "Statements (p95)",
          unit: "s",
          queries: [
            {
              expr: quantileOf(0.95, "db_client_operation_duration_seconds", ours, "job, db_operation_name"),
              legend: "{{job}} {{db_operation_name}}",
            },
          ],
        },
        {
          title: "Statements that failed, a second",
          unit: "short",
          queries: [
            {
              expr: rateOf(
                'db_client_operation_duration_seconds_count{app="millrace",error_type!="none"}',
                "job, error_type",
              ),
              legend: "{{job}} {{error_type}}",
            },
          ],
        },
      ],
    },
  ],
};
