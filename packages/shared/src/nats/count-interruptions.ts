import type { NatsConnection } from "@nats-io/transport-node";
import { brokerInterruptions } from "../telemetry/metrics/service-metrics.ts";

/** Counts how often the broker is lost, until the connection is closed. */
export async function countInterruptions(connection: NatsConnection): Promise<void> {
  for await (const { type } of connection.status()) if (type === "disconnect") brokerInterruptions.add(1, {});
}
