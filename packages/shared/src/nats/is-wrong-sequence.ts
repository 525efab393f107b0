import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";

/**
 * True when an append was refused because its subject has moved on. A stream of several copies has another answer where
 * the message that moved it is still on its way to the others.
 */
export function isWrongSequence(error: unknown): boolean {
  return (
    error instanceof JetStreamApiError &&
    (error.code === JetStreamApiCodes.StreamWrongLastSequence ||
      error.code === JetStreamApiCodes.StreamWrongLastSequenceUnknown)
  );
}
