import {
  anyLaterSubject,
  anyPageSubject,
  attemptSubject,
  chunkSubject,
  courseSubject,
  laterTurnSubjects,
  noteSubject,
  requestSubject,
  turnSubjects,
  workSubject,
} from "../events/subjects.ts";
import {
  bulkConsumer,
  type ConsumerDefinition,
  chunkerConsumer,
  consumers,
  eventStream,
  hookStream,
  listingConsumer,
  liveConsumer,
  markSubject,
  quotaStream,
  quotaSubjects,
  relayConsumer,
  requestConsumer,
  requestStream,
  type Stream,
  stateStream,
  streams,
  turnConsumer,
  workStream,
} from "./topology.ts";

export const serviceNames = ["sync-api", "chunker", "fetcher", "janitor"] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Which streams and consumers a process looks after. */
export interface TopologyShare {
  /** Streams that it makes when they are missing. */
  readonly streams: readonly Stream[];
  /** Whether it brings streams up to date that are there, and configured otherwise. */
  readonly changesStreams: boolean;
  /** Consumers that it makes and brings up to date. */
  readonly consumers: readonly ConsumerDefinition[];
}

/** What a service does on the broker. Its permissions follow from it (permissions.ts), and it may do nothing else. */
export interface ServiceRights extends TopologyShare {
  /** Streams of which it reads single messages. */
  readonly reads: readonly Stream[];
  /** Streams out of which it removes what they hold of an account that has left. */
  readonly purges: readonly Stream[];
  /** Consumers of others that it looks at: how much waits for them. */
  readonly watches: readonly ConsumerDefinition[];
  /** Its own consumers that it may begin anew: where the log is read once more. */
  readonly restarts: readonly ConsumerDefinition[];
  /** Whether it reads the log in order, from a place that it remembers itself. */
  readonly followsLog: boolean;
  /** What it publishes. */
  readonly publishes: readonly string[];
}

/** For whoever looks after all of them: tests, tools, a person. */
export const wholeTopology: TopologyShare = { streams, changesStreams: true, consumers };

const anyAccount = { tenantId: "*", accountId: "*" };
const requests = requestSubject(anyAccount);
const courses = courseSubject(anyAccount);
const pages = anyPageSubject(anyAccount, "*");
const chunks = chunkSubject(anyAccount, "*");
const attempts = attemptSubject(anyAccount, "*");
const notes = noteSubject(anyAccount);
const later = anyLaterSubject(anyAccount, "*");
const [live, bulk, listings] = (["live", "bulk", "list"] as const).map((lane) =>
  workSubject(lane, anyAccount, "*"),
) as [string, string, string];

/**
 * The one place that says what each service may do. A stream that is missing is made by whoever uses it, because the
 * order in which things start must not matter, and a stream that was lost must be there again whoever is alive; one
 * that is there is changed by the janitor alone, who also removes what is held of accounts that have left. Nobody deletes one.
 */
export const serviceRights: Readonly<Record<ServiceName, ServiceRights>> = {
  "sync-api": {
    streams: [requestStream, eventStream, workStream, hookStream, stateStream, quotaStream],
    changesStreams: false,
    consumers: [relayConsumer, turnConsumer],
    reads: [eventStream, stateStream, quotaStream],
    purges: [],
    watches: [],
    restarts: [relayConsumer],
    followsLog: true,
    publishes: [
      ...[requests, courses, chunks, notes, listings, turnSubjects, laterTurnSubjects],
      ...[markSubject, quotaSubjects],
    ],
  },
  chunker: {
    streams: [requestStream, eventStream, workStream, quotaStream],
    changesStreams: false,
    consumers: [requestConsumer, chunkerConsumer, listingConsumer],
    reads: [eventStream, workStream, quotaStream],
    purges: [],
    watches: [],
    restarts: [],
    followsLog: false,
    // Requests as well: the repair of what a verification has found.
    publishes: [requests, courses, pages, attempts, notes, live, bulk, listings, later, quotaSubjects],
  },
  fetcher: {
    streams: [eventStream, workStream, quotaStream],
    changesStreams: false,
    consumers: [liveConsumer, bulkConsumer],
    reads: [eventStream, quotaStream],
    purges: [],
    watches: [],
    restarts: [],
    followsLog: false,
    publishes: [courses, chunks, attempts, notes, live, bulk, later, quotaSubjects],
  },
  janitor: {
    streams,
    changesStreams: true,
    consumers: [],
    reads: [eventStream, workStream, quotaStream],
    purges: [requestStream, eventStream, workStream, quotaStream],
    watches: consumers,
    restarts: [],
    followsLog: false,
    // Chunks as well: dead letters that nobody has wanted for long are discarded.
    publishes: [requests, courses, chunks, notes, listings, turnSubjects, quotaSubjects],
  },
};
