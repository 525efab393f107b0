import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import {
  attemptSubject,
  chunkSubject,
  courseSubject,
  eventSubjects,
  laneSubjects,
  laterSubjects,
  laterTurnSubjects,
  noteSubject,
  requestSubjects,
  turnSubjects,
} from "../events/subjects.ts";

const dayMs = 24 * 60 * 60 * 1000;
const mebibyte = 1024 ** 2;

/** The log keeps facts longer than any sync can run. */
const logAgeMs = 35 * dayMs;
/** Long enough for a publisher's own retries; nothing that must happen once relies on it. */
const duplicateWindowMs = 2 * 60 * 1000;

export type Stream = Partial<StreamConfig> & Pick<StreamConfig, "name" | "subjects" | "retention">;

const common = {
  storage: StorageType.File,
  discard: DiscardPolicy.New, // full streams make publishers wait; nothing is dropped
  duplicate_window: nanos(duplicateWindowMs),
  // Reads go through the stream's leader: a follower's answer may lag, and decisions read what they then expect.
  allow_direct: false,
} as const;

/** Where another service asks for a sync. */
export const requestStream: Stream = {
  ...common,
  name: "REQUESTS",
  subjects: [requestSubjects],
  retention: RetentionPolicy.Workqueue,
  max_bytes: 256 * mebibyte,
  max_msg_size: mebibyte,
  // The shortest that the broker takes. Message ids are one space for all who publish here: whoever guesses another
  // tenant's could have its request taken for a duplicate. Twice is once by the request's own id.
  duplicate_window: nanos(100),
};

/** The log of facts. */
export const eventStream: Stream = {
  ...common,
  name: "EVENTS",
  subjects: [eventSubjects],
  retention: RetentionPolicy.Limits,
  max_age: nanos(logAgeMs),
  // A message costs about 56 bytes of log (1.1 MB for 20,000), so this is room for some 76 million of them; NATS_LOG_MIB changes it.
  max_bytes: 4096 * mebibyte,
  deny_delete: true,
};

/**
 * Work to claim; derived from the log. Work that is not due yet waits here as scheduled messages, which a stream
 * that refuses new messages when it is full cannot have: when it is full, the oldest work falls out, and the
 * reconciler puts it back (rule I5).
 */
export const workStream: Stream = {
  ...common,
  name: "WORK",
  subjects: [laneSubjects("live"), laneSubjects("bulk"), laneSubjects("list"), laterSubjects],
  retention: RetentionPolicy.Workqueue,
  discard: DiscardPolicy.Old,
  max_bytes: 512 * mebibyte,
  allow_msg_schedules: true,
};

/** How far the log was applied. */
export const markSubject = "state.projector";

/**
 * Turns of webhook endpoints; derived from the deliveries in Postgres. As with WORK, what waits for its time cannot be in a
 * stream that refuses when it is full: the janitor puts back what falls out.
 */
export const hookStream: Stream = {
  ...common,
  name: "HOOKS",
  subjects: [turnSubjects, laterTurnSubjects],
  retention: RetentionPolicy.Workqueue,
  discard: DiscardPolicy.Old,
  max_bytes: 64 * mebibyte,
  allow_msg_schedules: true,
};

/** What has to outlive Postgres, and is worth nothing without the log: one message a subject. */
export const stateStream: Stream = {
  ...common,
  name: "STATE",
  subjects: ["state.>"],
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.Old,
  max_msgs_per_subject: 1,
  max_bytes: 16 * mebibyte,
};

export const quotaSubjects = "quota.>";

/** Budgets of calls, one message a subject. In memory: what is lost is a minute of them. */
export const quotaStream: Stream = {
  ...common,
  name: "QUOTA",
  subjects: [quotaSubjects],
  storage: StorageType.Memory,
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.Old,
  max_msgs_per_subject: 1,
  max_bytes: 64 * mebibyte,
};

export const streams = [
  requestStream,
  eventStream,
  workStream,
  hookStream,
  stateStream,
  quotaStream,
] as const;

export interface ConsumerDefinition {
  readonly stream: string;
  readonly config: Partial<ConsumerConfig> & { readonly durable_name: string };
}

const claiming = {
  ack_policy: AckPolicy.Explicit,
  deliver_policy: DeliverPolicy.All,
  max_deliver: -1, // a limit would leave the message in the stream, undelivered for ever
  max_ack_pending: 10_000,
} as const;

export const requestConsumer: ConsumerDefinition = {
  stream: requestStream.name,
  config: { ...claiming, durable_name: "chunker-requests", filter_subject: requestSubjects },
};
export const chunkerConsumer: ConsumerDefinition = {
  stream: eventStream.name,
  config: { ...claiming, durable_name: "chunker-events", filter_subject: eventSubjects },
};
export const liveConsumer: ConsumerDefinition = {
  stream: workStream.name,
  config: { ...claiming, durable_name: "fetcher-live", filter_subject: laneSubjects("live") },
};
export const bulkConsumer: ConsumerDefinition = {
  stream: workStream.name,
  config: { ...claiming, durable_name: "fetcher-bulk", filter_subject: laneSubjects("bulk") },
};

export const listingConsumer: ConsumerDefinition = {
  stream: workStream.name,
  config: { ...claiming, durable_name: "chunker-listing", filter_subject: laneSubjects("list") },
};

/** Facts that tenants want to be told of, over HTTP. */
export const relayConsumer: ConsumerDefinition = {
  stream: eventStream.name,
  config: { ...claiming, durable_name: "sync-api-relay", filter_subject: eventSubjects },
};
export const turnConsumer: ConsumerDefinition = {
  stream: hookStream.name,
  config: { ...claiming, durable_name: "sync-api-turns", filter_subject: turnSubjects },
};

export const consumers = [
  requestConsumer,
  chunkerConsumer,
  listingConsumer,
  liveConsumer,
  bulkConsumer,
  relayConsumer,
  turnConsumer,
] as const;

/**
 * Through what another service follows what happens to its tenants' mail: all facts but the pages of listings, from the
 * oldest that the log has. It is made for the follower, who may not make one.
 */
export function followerConsumer(name: string, tenantIds: readonly string[]): ConsumerDefinition {
  const subjects = tenantIds.flatMap((tenantId) => {
    const ref = { tenantId, accountId: "*" };
    return [courseSubject(ref), chunkSubject(ref, "*"), attemptSubject(ref, "*"), noteSubject(ref)];
  });
  return {
    stream: eventStream.name,
    config: { ...claiming, durable_name: `${followerPrefix}${name}`, filter_subjects: subjects },
  };
}

/** How followers' consumers are named. */
export const followerPrefix = "follow-";

export interface TopologySize {
  /** Copies of each stream: 1 on one machine, 3 in a cluster. */
  readonly replicas: number;
  /** How large the log may grow before publishers have to wait. The broker sets this much aside. */
  readonly logMebibytes: number;
  /** A dead worker's claim comes back after so many milliseconds; a living one says that it works well before. */
  readonly claimMs: number;
}
