import { JetStreamApiError } from "@nats-io/jetstream";
import { eventSubjects, laneSubjects } from "../events/subjects.ts";
import type { Nats } from "./connect-nats.ts";
import { consumers, eventStream, requestStream, streams, workStream } from "./topology.ts";

const consumerNotFound = 10_014;

export interface StreamStanding {
  readonly name: string;
  readonly messages: number;
  readonly bytes: number;
  readonly bytesMax: number;
}

export interface ConsumerStanding {
  readonly name: string;
  /** Not taken by anybody yet. */
  readonly pending: number;
  /** Taken, and not settled. */
  readonly claimed: number;
  /** Of these, such as were delivered more than once. */
  readonly redelivered: number;
}

/** How the broker's streams and queues stand. Ages are milliseconds. */
export interface BrokerStanding {
  readonly streams: readonly StreamStanding[];
  /** Those that are there: each is made by its service's first start. */
  readonly consumers: readonly ConsumerStanding[];
  /** Of the oldest work that is due, claimed or not; 0 when there is none. */
  readonly oldestWorkMs: Readonly<Record<"live" | "bulk" | "list", number>>;
  readonly oldestRequestMs: number;
}

/** @throws the client's errors while the broker is away */
export async function readBrokerStanding(nats: Nats, nowMs: number): Promise<BrokerStanding> {
  const { jsm } = nats;
  const infos = await Promise.all(streams.map(({ name }) => jsm.streams.info(name)));
  const lanes = await Promise.all(
    (["live", "bulk", "list"] as const).map(async (lane) => {
      const oldest = await nextStoredAt(nats, workStream.name, laneSubjects(lane), 1);
      return [lane, ageMs(oldest, nowMs)] as const;
    }),
  );
  const requests = infos.find(({ config }) => config.name === requestStream.name)?.state;
  const oldestRequest = requests && requests.messages > 0 ? new Date(requests.first_ts) : null;
  return {
    streams: infos.map(({ config, state }) => ({
      name: config.name,
      messages: state.messages,
      bytes: state.bytes,
      bytesMax: config.max_bytes,
    })),
    consumers: (await Promise.all(consumers.map((consumer) => readConsumer(nats, consumer)))).flat(),
    oldestWorkMs: Object.fromEntries(lanes) as BrokerStanding["oldestWorkMs"],
    oldestRequestMs: ageMs(oldestRequest, nowMs),
  };
}

/** How far the views are behind the log. */
export interface LogLag {
  readonly facts: number;
  /** Of the oldest fact that they do not show; 0 when they show all. */
  readonly ageMs: number;
}

/** Up to where the log was applied, and which log that was; null: nothing was. */
export type AppliedLog = { readonly seq: number; readonly streamCreated: string } | null;

/**
 * @param readApplied asked after the log's end, so that what comes in between counts as shown
 * @throws the client's errors while the broker is away
 */
export async function readLogLag(
  nats: Nats,
  readApplied: () => Promise<AppliedLog>,
  nowMs: number,
): Promise<LogLag> {
  const { created, state } = await nats.jsm.streams.info(eventStream.name);
  const applied = await readApplied();
  const from = applied?.streamCreated === created ? applied.seq : state.first_seq - 1;
  if (state.messages === 0 || from >= state.last_seq) return { facts: 0, ageMs: 0 };
  const oldest = await nextStoredAt(nats, eventStream.name, eventSubjects, from + 1);
  // The log's newest facts may have been removed, with an account.
  if (oldest === null) return { facts: 0, ageMs: 0 };
  return { facts: state.last_seq - from, ageMs: ageMs(oldest, nowMs) };
}

async function readConsumer(
  { jsm }: Nats,
  { stream, config }: (typeof consumers)[number],
): Promise<ConsumerStanding[]> {
  try {
    const info = await jsm.consumers.info(stream, config.durable_name);
    return [
      {
        name: config.durable_name,
        pending: info.num_pending,
        claimed: info.num_ack_pending,
        redelivered: info.num_redelivered,
      },
    ];
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === consumerNotFound) return [];
    throw error;
  }
}

/** When the first message from a sequence on was stored whose subject is one of these; null: there is none. */
async function nextStoredAt(
  { jsm }: Nats,
  stream: string,
  subjects: string,
  seq: number,
): Promise<Date | null> {
  // The server knows `next_by_subj` here as well; the client's type names it for direct reads only.
  const query = { seq, next_by_subj: subjects };
  return (await jsm.streams.getMessage(stream, query))?.time ?? null;
}

/** Never negative: the broker's clock may be a bit ahead of ours. */
const ageMs = (at: Date | null, nowMs: number): number =>
  at === null ? 0 : Math.max(nowMs - at.getTime(), 0);
