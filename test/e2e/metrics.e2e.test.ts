import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { allMetrics } from "@millrace/shared/telemetry/metrics/all-metrics";
import { prometheusName } from "@millrace/shared/telemetry/metrics/prometheus-name";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scrape, sumOf } from "../support/scrape.ts";
import { type Millrace, type ServiceName, serviceNames, startMillrace } from "../support/start-millrace.ts";

const mailbox = "measured@millrace.test";
const messages = 430;

let simulator: GmailSimulator;
let millrace: Millrace;
let accountId: string;
let syncId: string;
beforeAll(async () => {
  simulator = await startGmailSimulator({
    quotas: "off",
    seed: 17,
    mailboxes: [{ email: mailbox, generate: messages }],
  });
  millrace = await startMillrace(simulator.url, { OPS_PORT: "0", GMAIL_QUOTA: "gmail-legacy" });
  accountId = await millrace.client.connectAccount(mailbox);
  syncId = await millrace.client.requestSync(accountId);
  const sync = await millrace.client.waitForEnd(syncId);
  expect(sync.status).toBe("completed");
});
afterAll(async () => {
  await millrace?.stop();
  await simulator?.close();
});

const of = (name: ServiceName) => scrape(millrace, name);

test("a sync shows in the metrics of those who worked on it", async () => {
  const [api, chunker, fetcher] = await Promise.all([of("sync-api"), of("chunker"), of("fetcher")]);
  const settled = sumOf(fetcher, "millrace_messages_settled_total", { millrace_outcome: "stored" });
  expect(settled).toBe(messages);
  expect(sumOf(fetcher, "millrace_provider_messages_total", { millrace_outcome: "ok" })).toBe(messages);
  expect(sumOf(fetcher, "millrace_provider_received_bytes_total")).toBeGreaterThan(messages * 100);
  expect(sumOf(fetcher, "millrace_chunks_settled_total")).toBe(5);
  expect(sumOf(fetcher, "millrace_quota_units_total")).toBeGreaterThanOrEqual(messages * 5);
  expect(sumOf(fetcher, "millrace_deliveries_in_flight")).toBe(0);
  expect(sumOf(fetcher, "millrace_consumer_slots")).toBe(6);
  const completed = { millrace_status: "completed" };
  expect(sumOf(chunker, "millrace_syncs_ended_total", completed)).toBe(1);
  expect(sumOf(chunker, "millrace_ledger_imbalances_total")).toBe(0);
  expect(sumOf(chunker, "millrace_sync_pickup_duration_seconds_count")).toBe(1);
  expect(sumOf(chunker, "messaging_process_duration_seconds_count")).toBeGreaterThan(5);
  const asked = { http_route: "/v1/syncs", http_request_method: "POST", http_response_status_code: "202" };
  expect(sumOf(api, "http_server_request_duration_seconds_count", asked)).toBe(1);
  expect(sumOf(api, "millrace_projection_facts_total")).toBeGreaterThan(5);
  const refreshes = [...chunker, ...fetcher, ...api];
  expect(sumOf(refreshes, "millrace_token_refreshes_total", { millrace_outcome: "ok" })).toBe(1);
});

test("the janitor tells how queues and views stand", async () => {
  await expect
    .poll(async () => sumOf(await of("janitor"), "millrace_accounts", { millrace_status: "connected" }), {
      timeout: 40_000,
      interval: 1_000,
    })
    .toBe(1);
  const janitor = await of("janitor");
  for (const zero of [
    "millrace_ledger_imbalance",
    "millrace_syncs",
    "millrace_syncs_stalled",
    "millrace_dead_letters_open",
    "millrace_webhooks_overdue",
  ])
    expect([zero, sumOf(janitor, zero)]).toEqual([zero, 0]);
  await expect
    .poll(async () => sumOf(await of("janitor"), "millrace_projection_lag"), {
      timeout: 30_000,
      interval: 1_000,
    })
    .toBe(0);
  expect(sumOf(janitor, "millrace_stream_messages", { millrace_stream: "EVENTS" })).toBeGreaterThan(5);
  expect(sumOf(janitor, "millrace_stream_limit_bytes", { millrace_stream: "EVENTS" })).toBe(256 * 1024 ** 2);
  const bulk = { messaging_consumer_group_name: "fetcher-bulk" };
  expect(sumOf(janitor, "millrace_consumer_pending", bulk)).toBe(0);
  expect(sumOf(janitor, "millrace_queue_oldest_age_seconds", { millrace_lane: "bulk" })).toBe(0);
  expect(sumOf(janitor, "millrace_quota_project_units", { millrace_reading: "limit" })).toBe(1_200_000);
  const retention = { millrace_task: "retention" };
  expect(sumOf(janitor, "millrace_task_finished_time_seconds", retention)).toBeGreaterThan(1e9);
});

test("each service is ready, its parts and its process are seen", async () => {
  for (const name of serviceNames) {
    const samples = await of(name);
    expect([name, sumOf(samples, "millrace_service_ready")]).toEqual([name, 1]);
    expect(sumOf(samples, "millrace_service_part_ready", { millrace_part: "nats" })).toBe(1);
    expect(sumOf(samples, "process_memory_usage_bytes")).toBeGreaterThan(1e7);
    expect(sumOf(samples, "nodejs_eventloop_delay_p99_seconds")).toBeLessThan(10);
    expect(sumOf(samples, "db_client_connection_count")).toBeGreaterThan(0);
  }
});

test("every series is documented, is where the document says, and has the attributes that it says", async () => {
  const documented = new Map(allMetrics().map((metric) => [prometheusName(metric), metric] as const));
  for (const name of serviceNames) {
    for (const sample of await of(name)) {
      if (sample.name === "target_info") continue;
      const metric =
        documented.get(sample.name) ?? documented.get(sample.name.replace(/_(bucket|sum|count)$/, ""));
      expect([sample.name, metric?.name]).toEqual([sample.name, expect.any(String)]);
      const labels = Object.keys(metric?.attributes ?? {}).map((key) => key.replaceAll(".", "_"));
      const known = metric?.kind === "histogram" ? [...labels, "le"] : labels;
      expect([sample.name, Object.keys(sample.labels).filter((key) => !known.includes(key))]).toEqual([
        sample.name,
        [],
      ]);
    }
  }
});

test("no metric names a tenant, an account, a sync, or a mailbox", async () => {
  for (const name of serviceNames) {
    const text = JSON.stringify(await of(name));
    for (const secret of [accountId, syncId, mailbox, "measured", '"demo"', millrace.client.key])
      expect([name, secret, text.includes(secret)]).toEqual([name, secret, false]);
  }
});
