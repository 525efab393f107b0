import { errors, type NatsConnection } from "@nats-io/transport-node";
import type { Logger } from "../runtime/create-logger.ts";
import { MissingPermissionError, UserRefusedError, violationIn } from "./broker-refusals.ts";

/** How we stand with the broker. */
export interface Standing {
  /**
   * Compares what we may do with what we do.
   *
   * @returns whether we are limited at all
   * @throws {MissingPermissionError}
   */
  check(): Promise<boolean>;
  /** What the broker has refused within the last minute; null: nothing. */
  refusal(): string | null;
  /** Settles with the reason when the broker will not have us any more. */
  readonly lost: Promise<Error>;
}

/** Something that was refused is news for so long. */
const refusalMs = 60_000;
/** A service that is refused again and again says so once a second. */
const sayMs = 1_000;
/** A server that is being reloaded may turn somebody away whom it knows a moment later. */
const turnedAwayMax = 3;

/** "Authentication Timeout" is of the same class, and means that one of the two was slow. */
export const isUserRefused = (error: unknown): boolean =>
  error instanceof errors.AuthorizationError && /authorization violation/i.test(error.message);

/**
 * Follows what the broker says about the connection. What it refuses comes without a call that could fail: the client
 * only tells of it here. Then, and after each reconnection, the permissions are compared once more.
 *
 * @param check compares them
 */
export function watchStanding(connection: NatsConnection, log: Logger, check: Standing["check"]): Standing {
  const watch = new StandingWatch(log, check);
  watch
    .follow(connection)
    .catch((error: unknown) => log.warn({ err: error }, "status of the broker connection ended"));
  return { check, refusal: () => watch.refusal(), lost: watch.lost };
}

class StandingWatch {
  readonly lost: Promise<Error>;
  readonly #log: Logger;
  readonly #check: Standing["check"];
  readonly #lose: (why: Error) => void;
  #refused: { readonly what: string; readonly atMs: number } | null = null;
  #saidAtMs = Number.NEGATIVE_INFINITY;
  #turnedAway = 0;
  #isComparing = false;

  constructor(log: Logger, check: Standing["check"]) {
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.lost = promise;
    this.#lose = resolve;
    this.#log = log;
    this.#check = check;
  }

  refusal(): string | null {
    const refused = this.#refused;
    return refused !== null && performance.now() - refused.atMs < refusalMs ? refused.what : null;
  }

  async follow(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === "disconnect")
        this.#log.warn({ event: "nats.disconnected" }, "lost the broker, reconnecting");
      if (status.type === "error") this.#onError(status.error);
      if (status.type === "reconnect") {
        this.#log.info({ event: "nats.reconnected" }, "the broker is back");
        this.#turnedAway = 0;
        void this.#compare();
      }
    }
  }

  #onError(error: Error): void {
    const violation = violationIn(error);
    if (violation !== null) this.#onViolation(violation);
    else if (isUserRefused(error)) this.#onTurnedAway(error);
    else this.#log.warn({ err: error }, "the broker reports an error");
  }

  #onViolation({ operation, subject }: NonNullable<ReturnType<typeof violationIn>>): void {
    const atMs = performance.now();
    this.#refused = { what: `${operation} to ${subject}`, atMs };
    if (atMs - this.#saidAtMs >= sayMs) {
      this.#saidAtMs = atMs;
      const event = "nats.refused";
      this.#log.error({ event, operation, subject }, "the broker refuses what this service does");
    }
    void this.#compare();
  }

  #onTurnedAway(error: Error): void {
    this.#turnedAway++;
    const event = "nats.user_refused";
    this.#log.error({ event, times: this.#turnedAway }, "the broker does not let this user in");
    if (this.#turnedAway >= turnedAwayMax) this.#lose(new UserRefusedError({ cause: error }));
  }

  /** One comparison at a time: what is refused meanwhile is of the same kind. */
  async #compare(): Promise<void> {
    if (this.#isComparing) return;
    this.#isComparing = true;
    try {
      await this.#check();
    } catch (error) {
      if (error instanceof MissingPermissionError) this.#lose(error);
      else this.#log.warn({ err: error }, "the broker does not say what this service may do");
    } finally {
      this.#isComparing = false;
    }
  }
}
