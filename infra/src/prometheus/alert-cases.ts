/** One state of the world, as series over time in promtool's notation, and the minute at which it is looked at. */
interface World {
  readonly series: Readonly<Record<string, string>>;
  readonly minute: number;
}

/** A world in which an alert fires, and one, near to it, in which it does not. */
export interface AlertCase {
  readonly fires: World;
  readonly silent: World;
}

const target = (job: string) => `{app="millrace",job="${job}",instance="${job}:9464"}`;
const always = (value: number | string): string => `${value}x600`;
/** A counter that grows by so much a minute. */
const growing = (perMinute: number): string => `0+${perMinute}x600`;

const gaugeCase = (series: string, bad: number, good: number, minute = 20): AlertCase => ({
  fires: { series: { [series]: always(bad) }, minute },
  silent: { series: { [series]: always(good) }, minute },
});
const upOf = (up: Readonly<Record<string, number>>): World => ({
  series: Object.fromEntries(
    Object.entries(up).map(([job, value]) => [`up${target(job)}`, always(value)] as const),
  ),
  minute: 20,
});
const taskCase = (task: string, intervalSeconds: number, lateMinutes: number): AlertCase => {
  const world = (finished: string): World => ({
    series: {
      [`millrace_task_finished_time_seconds{millrace_task="${task}"}`]: finished,
      [`millrace_task_interval_seconds{millrace_task="${task}"}`]: always(intervalSeconds),
    },
    minute: lateMinutes,
  });
  // Times are seconds since promtool's beginning, which is 1970.
  return { fires: world(always(0)), silent: world("0+60x1000") };
};
/** Buckets of a histogram of which all observations fall between two bounds. */
const bucketsOf = (name: string, above: number, upTo: number, perMinute = 10): World["series"] => ({
  [`${name}_bucket{le="${above}"}`]: always(0),
  [`${name}_bucket{le="${upTo}"}`]: growing(perMinute),
  [`${name}_bucket{le="+Inf"}`]: growing(perMinute),
});

/** So many of a thousand mailboxes have a consent that ends. */
const ending = (count: number): World["series"] => ({
  millrace_consents_ending: always(count),
  'millrace_accounts{millrace_status="connected"}': always(1_000),
});

/** For each alert of infra/prometheus/alerts.yml. */
export const alertCases: Readonly<Record<string, AlertCase>> = {
  MillraceServiceDown: gaugeCase(`up${target("chunker")}`, 0, 1),
  MillraceServiceAbsent: {
    fires: upOf({ "sync-api": 1, chunker: 1, fetcher: 0 }),
    silent: upOf({ "sync-api": 1, chunker: 1, fetcher: 1, janitor: 1 }),
  },
  MillraceNotReady: gaugeCase(`millrace_service_ready${target("chunker")}`, 0, 1),
  MillraceBrokerAway: gaugeCase('millrace_service_part_ready{job="chunker",millrace_part="nats"}', 0, 1),
  MillraceBrokerUnsteady: {
    fires: { series: { 'millrace_broker_interruptions_total{job="chunker"}': growing(1) }, minute: 20 },
    silent: { series: { 'millrace_broker_interruptions_total{job="chunker"}': "0x10 1x600" }, minute: 20 },
  },
  MillraceDatabaseAway: gaugeCase(
    'millrace_service_part_ready{job="chunker",millrace_part="postgres"}',
    0,
    1,
  ),
  MillraceEventLoopDelayed: gaugeCase(`nodejs_eventloop_delay_p99_seconds${target("fetcher")}`, 0.8, 0.1),
  MillraceHeapNearlyFull: {
    fires: {
      series: {
        [`v8js_memory_heap_used_bytes${target("fetcher")}`]: always(95),
        [`v8js_memory_heap_limit_bytes${target("fetcher")}`]: always(100),
      },
      minute: 20,
    },
    silent: {
      series: {
        [`v8js_memory_heap_used_bytes${target("fetcher")}`]: always(60),
        [`v8js_memory_heap_limit_bytes${target("fetcher")}`]: always(100),
      },
      minute: 20,
    },
  },
  MillracePoolExhausted: gaugeCase(`db_client_connection_pending_requests${target("janitor")}`, 3, 0),
  MillraceApiErrors: {
    fires: { series: requests({ 200: 90, 503: 10 }), minute: 30 },
    silent: { series: requests({ 200: 98, 404: 40, 503: 2 }), minute: 30 },
  },
  MillraceLedgerImbalance: gaugeCase("millrace_ledger_imbalance", 2, 0, 1),
  MillraceSyncsStalled: gaugeCase("millrace_syncs_stalled", 1, 0),
  MillraceWorkPutBack: {
    fires: { series: { 'millrace_facts_total{millrace_fact="sync.stalled"}': growing(1) }, minute: 61 },
    silent: {
      series: {
        'millrace_facts_total{millrace_fact="sync.stalled"}': "0x20 1x600",
        'millrace_facts_total{millrace_fact="sync.started"}': growing(5),
      },
      minute: 61,
    },
  },
  MillracePickupSlow: {
    fires: { series: bucketsOf("millrace_sync_pickup_duration_seconds", 2.5, 5), minute: 30 },
    silent: { series: bucketsOf("millrace_sync_pickup_duration_seconds", 0.025, 0.05), minute: 30 },
  },
  MillraceRequestsWaiting: gaugeCase("millrace_requests_oldest_age_seconds", 90, 5),
  MillraceOldestChunkOld: {
    fires: {
      series: { 'millrace_queue_oldest_age_seconds{millrace_lane="live"}': always(200) },
      minute: 20,
    },
    silent: {
      series: {
        'millrace_queue_oldest_age_seconds{millrace_lane="live"}': always(60),
        'millrace_queue_oldest_age_seconds{millrace_lane="bulk"}': always(900),
      },
      minute: 20,
    },
  },
  MillraceProjectionLag: gaugeCase("millrace_projection_lag_age_seconds", 120, 3),
  MillraceDeadLettersGrowing: {
    fires: { series: { 'millrace_dead_letters_added_total{error_type="bad_item"}': growing(1) }, minute: 61 },
    silent: {
      series: { 'millrace_dead_letters_added_total{error_type="bad_item"}': "0x20 4x600" },
      minute: 61,
    },
  },
  MillraceAttemptsFailing: {
    fires: { series: attempts("transient", 5, 10), minute: 40 },
    // What waits for its turn is no failure.
    silent: { series: { ...attempts("rate_limited", 9, 1), ...attempts("transient", 1, 10) }, minute: 40 },
  },
  MillraceRedeliveries: {
    fires: {
      series: {
        'millrace_deliveries_redelivered_total{messaging_consumer_group_name="fetcher-bulk"}': growing(30),
      },
      minute: 40,
    },
    silent: {
      series: {
        'millrace_deliveries_redelivered_total{messaging_consumer_group_name="fetcher-bulk"}': growing(1),
      },
      minute: 40,
    },
  },
  MillraceProviderFailing: {
    fires: { series: calls({ ok: 60, transient: 40 }), minute: 30 },
    silent: { series: calls({ ok: 95, transient: 5, own_wait: 900 }), minute: 30 },
  },
  MillraceQuotaExhausted: {
    fires: { series: quota(1_190_000), minute: 60 },
    silent: { series: quota(700_000), minute: 60 },
  },
  MillraceCoolDownLong: {
    fires: { series: bucketsOf("millrace_quota_cool_down_duration_seconds", 1_800, 3_600), minute: 40 },
    silent: { series: bucketsOf("millrace_quota_cool_down_duration_seconds", 30, 60), minute: 40 },
  },
  MillraceTokenRefreshFailing: {
    fires: { series: refreshes({ ok: 2, transient: 8 }), minute: 40 },
    silent: { series: refreshes({ ok: 9, transient: 1, consent_lost: 20 }), minute: 40 },
  },
  MillraceConsentLostSpike: {
    fires: { series: consents(20), minute: 61 },
    silent: { series: consents(0.5), minute: 61 },
  },
  MillraceConsentsEnding: {
    fires: { series: ending(60), minute: 30 },
    // Some of many, as people come; and a few of a small installation.
    silent: { series: ending(40), minute: 30 },
  },
  MillraceWatchesLapsing: gaugeCase("millrace_watches_ending", 3, 0, 90),
  MillraceStreamNearlyFull: {
    fires: { series: stream("EVENTS", 90), minute: 20 },
    // What holds one message a subject drops the oldest by itself.
    silent: { series: { ...stream("EVENTS", 50), ...stream("QUOTA", 99) }, minute: 20 },
  },
  MillraceRetentionNotRun: taskCase("retention", 3_600, 180),
  MillraceRetentionFailing: gaugeCase('millrace_retention_failures{millrace_task="blobs"}', 3, 2),
  MillraceRetentionLate: {
    fires: { series: retained("0+0x1000", 3_600), minute: 180 },
    // Done an hour ago; and a task whose period is a day need not have been.
    silent: {
      series: { ...retained("0+60x1000", 3_600), ...retained("0+0x1000", 86_400, "syncs") },
      minute: 180,
    },
  },
  MillraceRetentionSlow: {
    fires: { series: underWay("0+60x1000", 21_600), minute: 90 },
    silent: { series: underWay("0+60x1000", 21_600), minute: 55 },
  },
  MillraceStoreFillingUp: {
    fires: {
      series: { 'millrace_store_left_seconds{millrace_store="database"}': always(9 * 86_400) },
      minute: 90,
    },
    // Of a new installation nothing is known: there is no series.
    silent: {
      series: {
        'millrace_store_left_seconds{millrace_store="database"}': always(40 * 86_400),
        'millrace_store_size_bytes{millrace_store="EVENTS"}': always(7),
      },
      minute: 90,
    },
  },
  MillraceDatabaseNearlyFull: {
    fires: { series: database(95), minute: 20 },
    silent: { series: database(80), minute: 20 },
  },
  MillraceDriftRepeats: gaugeCase("millrace_accounts_drifting", 1, 0, 2),
  MillraceVerificationsOverdue: gaugeCase('millrace_verifications{millrace_status="overdue"}', 1, 0, 90),
  MillraceVerificationsFailing: gaugeCase('millrace_verifications{millrace_status="failed"}', 9, 2),
  MillraceSchedulesOverdue: gaugeCase("millrace_schedules_overdue", 5, 0),
  MillraceTopologyDiffers: gaugeCase('millrace_topology_differences{millrace_part="EVENTS"}', 1, 0),
  MillraceTopologyChangedAgain: {
    fires: { series: { 'millrace_topology_repairs_total{millrace_kind="stream"}': "0+1x600" }, minute: 20 },
    silent: {
      series: { 'millrace_topology_repairs_total{millrace_kind="stream"}': "0x10 1x600" },
      minute: 60,
    },
  },
  MillraceStreamLost: {
    fires: { series: { 'millrace_topology_losses_total{millrace_kind="stream"}': "0x10 1x600" }, minute: 20 },
    silent: {
      series: {
        'millrace_topology_losses_total{millrace_kind="stream"}': always(0),
        'millrace_topology_losses_total{millrace_kind="consumer"}': "0x10 1x600",
      },
      minute: 20,
    },
  },
  MillraceClockSkewed: gaugeCase(
    'millrace_clock_skew_seconds{job="fetcher",instance="a",millrace_part="postgres"}',
    -7,
    -1,
  ),
  MillraceTaskNotRun: taskCase("reconcile", 15, 40),
  MillraceStandingUnknown: {
    fires: { series: { millrace_syncs_stalled: "0x3 _x600" }, minute: 30 },
    silent: {
      series: {
        millrace_syncs_stalled: always(0),
        'millrace_stream_messages{millrace_stream="EVENTS"}': always(7),
      },
      minute: 30,
    },
  },
  MillraceWebhookEndpointFailing: gaugeCase("millrace_webhooks_endpoints_failing", 1, 0),
  MillraceWebhooksOverdue: gaugeCase("millrace_webhooks_overdue", 4, 0),
};

function requests(perMinute: Readonly<Record<number, number>>): World["series"] {
  return Object.fromEntries(
    Object.entries(perMinute).map(([status, count]) => [
      `http_server_request_duration_seconds_count{app="millrace",http_response_status_code="${status}"}`,
      growing(count),
    ]),
  );
}

function attempts(category: string, failed: number, settled: number): World["series"] {
  return {
    [`millrace_attempts_failed_total{error_type="${category}"}`]: growing(failed),
    'millrace_chunks_settled_total{millrace_outcome="fetched"}': growing(settled),
  };
}

function calls(perMinute: Readonly<Record<string, number>>): World["series"] {
  return Object.fromEntries(
    Object.entries(perMinute).map(([outcome, count]) => [
      `millrace_provider_call_duration_seconds_count{millrace_provider="gmail",millrace_outcome="${outcome}"}`,
      growing(count),
    ]),
  );
}

function refreshes(perMinute: Readonly<Record<string, number>>): World["series"] {
  return Object.fromEntries(
    Object.entries(perMinute).map(([outcome, count]) => [
      `millrace_token_refreshes_total{millrace_outcome="${outcome}"}`,
      growing(count),
    ]),
  );
}

function quota(used: number): World["series"] {
  return {
    'millrace_quota_project_units{millrace_reading="used"}': always(used),
    'millrace_quota_project_units{millrace_reading="limit"}': always(1_200_000),
  };
}

function consents(lostPerMinute: number): World["series"] {
  return {
    millrace_consent_lost_total: growing(lostPerMinute),
    'millrace_accounts{millrace_status="connected"}': always(1_000),
  };
}

function retained(completed: string, periodSeconds: number, task = "blobs"): World["series"] {
  return {
    [`millrace_retention_completed_time_seconds{millrace_task="${task}"}`]: completed,
    [`millrace_retention_period_seconds{millrace_task="${task}"}`]: always(periodSeconds),
  };
}

function underWay(age: string, periodSeconds: number): World["series"] {
  return {
    'millrace_retention_running_age_seconds{millrace_task="blobs"}': age,
    'millrace_retention_period_seconds{millrace_task="blobs"}': always(periodSeconds),
  };
}

function database(percent: number): World["series"] {
  return {
    'millrace_store_size_bytes{millrace_store="database"}': always(percent),
    'millrace_store_limit_bytes{millrace_store="database"}': always(100),
  };
}

function stream(name: string, percent: number): World["series"] {
  return {
    [`millrace_stream_size_bytes{millrace_stream="${name}"}`]: always(percent),
    [`millrace_stream_limit_bytes{millrace_stream="${name}"}`]: always(100),
  };
}
