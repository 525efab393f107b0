import { JetStreamApiError, JetStreamError } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import { isDatabaseAway } from "../postgres/is-database-away.ts";
import { BrokerRefusal } from "./broker-refusals.ts";
import { BrokerUnavailableError } from "./publish-request.ts";

/**
 * True for an error that says nothing about the work at hand: broker or database cannot be reached, have no room,
 * or are starting. Such work waits for them, however long it takes, and spends no budget (rule I6).
 */
export function isStoreAway(error: unknown): boolean {
  return error instanceof BrokerUnavailableError || isBrokerAway(error) || isDatabaseAway(error);
}

const messageTooLarge = 10054;

/** Whatever the broker answers: it can only be about the broker, because conflicts are results and no errors. */
export function isBrokerAway(error: unknown): boolean {
  if (error instanceof BrokerRefusal) return false; // it is there, and waiting mends nothing
  if (error instanceof JetStreamApiError) return error.code !== messageTooLarge;
  return (
    error instanceof JetStreamError ||
    error instanceof errors.TimeoutError ||
    error instanceof errors.NoRespondersError ||
    error instanceof errors.RequestError ||
    error instanceof errors.ConnectionError ||
    error instanceof errors.ClosedConnectionError ||
    error instanceof errors.DrainingConnectionError ||
    error instanceof errors.ProtocolError ||
    // Nobody listens, because the stream is gone or has no leader yet: the client wraps that in an error of its own.
    (error instanceof Error && error.cause !== undefined && isBrokerAway(error.cause))
  );
}
