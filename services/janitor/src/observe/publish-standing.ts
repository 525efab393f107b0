import type { BrokerStanding, LogLag } from "@millrace/shared/nats/read-broker-standing";
import type { BudgetReading } from "@millrace/shared/quota/budget";
import * as care from "@millrace/shared/telemetry/metrics/care-metrics";
import { type Gauge, just, type Observation } from "@millrace/shared/telemetry/metrics/gauge";
import * as metrics from "@millrace/shared/telemetry/metrics/janitor-metrics";
import { projectQuota } from "@millrace/shared/telemetry/metrics/quota-metrics";
import { publishRetention } from "./publish-retention.ts";
import type { DatabaseStanding } from "./read-database-standing.ts";
import type { TaskStanding } from "./read-retention-standing.ts";
import { showSeen as show } from "./show-seen.ts";

/** What was seen last; null: nothing yet, or it is too old to tell. */
export interface Standings {
  readonly broker: () => BrokerStanding | null;
  readonly database: () => DatabaseStanding | null;
  readonly lag: () => LogLag | null;
  readonly retention: () => readonly TaskStanding[] | null;
  /** Null where quotas are off as well. */
  readonly projectQuota: () => BudgetReading | null;
}

/**
 * Gauges show what was seen last.
 *
 * @returns ends it
 */
export function publishStanding({
  broker,
  database,
  lag,
  retention,
  projectQuota: quota,
}: Standings): () => void {
  const ends = [
    ...publishBroker(broker),
    ...publishDatabase(database),
    ...publishRetention(retention),
    show(metrics.projectionLagFacts, lag, ({ facts }) => just(facts)),
    show(metrics.projectionLagSeconds, lag, ({ ageMs }) => just(ageMs / 1_000)),
    show(projectQuota, quota, ({ used, limit }) => [
      { value: used, attributes: { "millrace.reading": "used" } },
      { value: limit, attributes: { "millrace.reading": "limit" } },
    ]),
  ];
  return () => {
    for (const end of ends) end();
  };
}

function publishBroker(broker: Standings["broker"]): (() => void)[] {
  const ofStreams = (gauge: Gauge<"millrace.stream">, key: "messages" | "bytes" | "bytesMax") =>
    show(gauge, broker, ({ streams }) =>
      streams.map((stream) => ({ value: stream[key], attributes: { "millrace.stream": stream.name } })),
    );
  const ofConsumers = (
    gauge: Gauge<"messaging.consumer.group.name">,
    key: "pending" | "claimed" | "redelivered",
  ) =>
    show(gauge, broker, ({ consumers }) =>
      consumers.map((consumer) => ({
        value: consumer[key],
        attributes: { "messaging.consumer.group.name": consumer.name },
      })),
    );
  return [
    ofStreams(metrics.streamMessages, "messages"),
    ofStreams(metrics.streamBytes, "bytes"),
    ofStreams(metrics.streamBytesMax, "bytesMax"),
    ofConsumers(metrics.consumerPending, "pending"),
    ofConsumers(metrics.consumerClaimed, "claimed"),
    ofConsumers(metrics.consumerRedelivered, "redelivered"),
    show(metrics.oldestWorkAge, broker, ({ oldestWorkMs }) =>
      Object.entries(oldestWorkMs).map(([lane, ms]) => ({
        value: ms / 1_000,
        attributes: { "millrace.lane": lane },
      })),
    ),
    show(metrics.oldestRequestAge, broker, ({ oldestRequestMs }) => just(oldestRequestMs / 1_000)),
  ];
}

function publishDatabase(database: Standings["database"]): (() => void)[] {
  const count = (gauge: Gauge<never>, key: CountKey) =>
    show(gauge, database, (standing) => just(standing[key]));
  return [
    show(metrics.syncsUnended, database, ({ syncs }) =>
      byName(syncs, "millrace.status", ["queued", "running", "paused"]),
    ),
    count(metrics.syncsStalled, "stalled"),
    count(metrics.unbalancedSyncs, "imbalance"),
    show(metrics.deadLettersOpen, database, ({ deadLetters }) =>
      byName(deadLetters, "millrace.state", ["open", "redriving"]),
    ),
    show(metrics.accounts, database, ({ accounts }) =>
      byName(accounts, "millrace.status", ["connected", "reauth_required", "removing"]),
    ),
    show(metrics.watches, database, ({ watches }) =>
      byName(watches, "millrace.status", ["unset", "active", "silent", "lapsed"]),
    ),
    count(metrics.watchesEnding, "watchesEnding"),
    count(metrics.consentsEnding, "consentsEnding"),
    count(care.schedulesOverdue, "schedulesOverdue"),
    show(care.verifications, database, (standing) =>
      byName(standing.verifications, "millrace.status", ["running", "overdue", "failed"]),
    ),
    count(care.accountsDrifting, "accountsDrifting"),
    count(metrics.webhookEndpointsFailing, "endpointsFailing"),
    count(metrics.webhooksOverdue, "webhooksOverdue"),
  ];
}

type CountKey =
  | "schedulesOverdue"
  | "accountsDrifting"
  | "stalled"
  | "imbalance"
  | "watchesEnding"
  | "consentsEnding"
  | "endpointsFailing"
  | "webhooksOverdue";

/** What there is none of is 0, and not absent: an alert sees it fall. */
function byName<Key extends string>(
  counts: Readonly<Record<string, number>>,
  key: Key,
  known: readonly string[],
): Observation<Key>[] {
  const names = new Set([...known, ...Object.keys(counts)]);
  return [...names].map((name) => ({
    value: counts[name] ?? 0,
    attributes: { [key]: name } as Record<Key, string>,
  }));
}
