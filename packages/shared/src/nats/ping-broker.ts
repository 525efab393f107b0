import type { Nats } from "./connect-nats.ts";
import { readStreamState } from "./read-log.ts";

/** The broker answers, and refuses what we ask of it: its configuration was changed under us. */
export class BrokerRefusesError extends Error {
  readonly code = "nats_refuses";
  constructor(what: string) {
    super(`The NATS server refuses what this service does: ${what}`);
    this.name = "BrokerRefusesError";
  }
}

/**
 * Resolves when the broker is alive, has a log, and has refused us nothing within the last minute.
 *
 * @throws {BrokerRefusesError}
 */
export async function pingBroker(nats: Nats): Promise<void> {
  const refusal = nats.standing.refusal();
  if (refusal !== null) throw new BrokerRefusesError(refusal);
  await readStreamState(nats);
}
