import { createHash } from "node:crypto";
import type { ConsumerConfig, StreamConfig } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { type ConsumerDefinition, eventStream, type Stream, type TopologySize } from "./topology.ts";

/** Limits that no stream of ours has, unless it says so: one that somebody sets by hand loses what goes beyond it. */
const noLimits = { max_age: 0, max_msgs: -1, max_msgs_per_subject: -1 } as const;
/** What would make a consumer vanish, or deliver without bodies. */
const noTricks = { inactive_threshold: 0, headers_only: false } as const;

/** A stream as it should be on the broker. */
export function wantedStream(
  stream: Stream,
  { logMebibytes, replicas }: Pick<TopologySize, "logMebibytes" | "replicas">,
): Partial<StreamConfig> & { name: string } {
  const logBytes = stream === eventStream ? { max_bytes: logMebibytes * 1024 ** 2 } : {};
  return { ...noLimits, ...stream, ...logBytes, num_replicas: replicas };
}

/** A consumer as it should be on the broker. */
export function wantedConsumer(
  { config }: ConsumerDefinition,
  { claimMs }: Pick<TopologySize, "claimMs">,
): Partial<ConsumerConfig> & { durable_name: string } {
  return { ...noTricks, ...config, ack_wait: nanos(claimMs) };
}

/** Streams and consumers bear the mark of what made them as they are: another release, or another configuration, has another. */
const markKey = "millrace.topology";

export const markOf = (wanted: object): Record<string, string> => ({
  [markKey]: createHash("sha256").update(JSON.stringify(wanted)).digest("hex").slice(0, 16),
});

/** Whether what is there was last set by this release with this configuration, and any difference is somebody's by hand. */
export const bearsMarkOf = (
  wanted: object,
  found: { readonly metadata?: Readonly<Record<string, string>> | undefined },
): boolean => found.metadata?.[markKey] === markOf(wanted)[markKey];
