import { setTimeout as sleep } from "node:timers/promises";
import { type Consumer, type ConsumerMessages, JetStreamApiError, type JsMsg } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import { NewerFactError } from "../events/upcast-fact.ts";
import { backoffMs } from "../runtime/backoff.ts";
import type { Logger } from "../runtime/create-logger.ts";
import type { Effect, Outcome } from "../runtime/outcome.ts";
import { processDelivery } from "../runtime/process-delivery.ts";
import type { Delivery, Step, StepContext } from "../runtime/step.ts";
import { DeliveryMeter, measurePickup } from "../telemetry/metrics/measure-delivery.ts";
import { withLabels } from "../telemetry/work-labels.ts";
import type { Nats } from "./connect-nats.ts";
import { endPull } from "./end-pull.ts";
import { streamNotFound } from "./ensure-topology.ts";
import type { EventLog } from "./event-log.ts";
import { isStoreAway } from "./is-store-away.ts";
import { publishTurn } from "./publish-turn.ts";
import { publishWork } from "./publish-work.ts";
import { restoreConsumer, restoreTopology } from "./restore-topology.ts";
import { type ConsumerDefinition, requestConsumer } from "./topology.ts";
import { labelsOfSubject, traceDelivery } from "./trace-delivery.ts";

/** Pulls that nothing came of end together this often, and one takes their place: slots that are idle cost little. */
const pullMsDefault = 20_000;
const pullHeartbeatMs = 5_000;
/** What ends together is not noticed at the very same moment: slots that ended idle wait for the others. */
const gatherMs = 25;
const stopGraceMs = 7_000;
/** How long a claim waits between looks at a broker or a database that is away. */
const storeAwayBackoff = { baseMs: 250, capMs: 2_000 };
/** A step that does not say for so long that it gets on loses its claim: it hangs. All calls of a step time out well before. */
const stuckMsMax = 10 * 60_000;
/** What a newer copy of the service has to do comes round to one of those so soon, also where there is one among many. */
const newerFactDelayMs = 2_000;
/** For what nobody foresaw. */
const failureBackoff = { baseMs: 1_000, capMs: 60_000 };

export interface ConsumerOptions {
  readonly definition: ConsumerDefinition;
  /** How many deliveries are worked on at once; also how many claims this process holds at most. */
  readonly slots: number;
  readonly nats: Nats;
  readonly eventLog: EventLog;
  readonly log: Logger;
  /** A step that has not got on for so long is taken for stuck, and its claim is let go. */
  readonly stuckAfterMs?: number;
  /** How long a request for messages waits on the broker: up to half as long more or less, so that all end together. */
  readonly pullMs?: number;
}

export interface RunningConsumer {
  /** Stops claiming at once, lets running deliveries finish for a while, then hands the rest back. */
  stop(): Promise<void>;
}

/**
 * Runs a step over a durable consumer. This is the only module that settles messages.
 *
 * It asks the server for as many messages as it has slots free, so a process never holds a claim that it is not
 * working on: a slow process takes less instead of sitting on work.
 */
export function runConsumer<Input, Report, Gathered>(
  step: Step<Input, Report, Gathered>,
  options: ConsumerOptions,
): RunningConsumer {
  const runner = new ConsumerRunner(step, options);
  return { stop: () => runner.stop() };
}

class ConsumerRunner<Input, Report, Gathered> {
  readonly #step: Step<Input, Report, Gathered>;
  readonly #options: ConsumerOptions;
  readonly #log: Logger;
  readonly #meter: DeliveryMeter;
  readonly #stopClaiming = new AbortController();
  readonly #abandon = new AbortController();
  readonly #pulls = new Set<ConsumerMessages>();
  readonly #claiming: Promise<void>;
  /** Pulls that wait, and claims that are worked on. */
  readonly #running = new Set<Promise<void>>();
  readonly #pullMs: number;
  readonly #expiryOffsetMs = Math.random() * pullMsDefault;
  /** Slots that neither work nor wait for a message. */
  #free: number;
  #whenFree = Promise.withResolvers<void>();
  #gathering: Promise<void> | null = null;
  #consumer: Promise<Consumer> | null = null;
  #failures = 0;
  /** How often the broker was lost. */
  #interruptions = 0;

  constructor(step: Step<Input, Report, Gathered>, options: ConsumerOptions) {
    this.#step = step;
    this.#options = options;
    this.#log = options.log.child({ step: step.name });
    this.#meter = new DeliveryMeter(options.definition.config.durable_name);
    this.#meter.slots(options.slots);
    this.#free = options.slots;
    this.#pullMs = options.pullMs ?? pullMsDefault;
    this.#claiming = this.#claim();
    this.#watchConnection().catch((error: unknown) => this.#log.warn({ err: error }, "status ended"));
  }

  async stop(): Promise<void> {
    this.#stopClaiming.abort();
    this.#whenFree.resolve();
    for (const pull of this.#pulls) void endPull(pull);
    const abandon = setTimeout(() => this.#abandon.abort(), stopGraceMs);
    await this.#claiming;
    await Promise.all(this.#running);
    clearTimeout(abandon);
    this.#meter.slots(-this.#options.slots);
  }

  /** One pull at a time is begun, for all slots that are free then; those that become free meanwhile get another. */
  async #claim(): Promise<void> {
    while (!this.#stopClaiming.signal.aborted) {
      if (this.#free === 0) {
        this.#whenFree = Promise.withResolvers();
        await this.#whenFree.promise;
        continue;
      }
      const slots = this.#free;
      this.#free = 0;
      this.#track(this.#pull(slots));
    }
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  /** Ends at the same moment for all who wait. */
  #gathered(): Promise<void> {
    this.#gathering ??= this.#pause(gatherMs).finally(() => {
      this.#gathering = null;
    });
    return this.#gathering;
  }

  #release(slots: number): void {
    this.#free += slots;
    this.#whenFree.resolve();
  }

  /** Waits for messages for so many slots, which are free again at the end of each message, or when none came. */
  async #pull(slots: number): Promise<void> {
    let unused = slots;
    this.#consumer ??= this.#openConsumer();
    const consumer = this.#consumer;
    try {
      await this.#pullFrom(await consumer, slots, () => unused--);
      this.#failures = 0;
      if (unused > 0) await this.#gathered();
    } catch (error) {
      // Pulls that fail together have failed once.
      if (this.#consumer === consumer) {
        this.#consumer = null;
        this.#failures++;
      }
      this.#log.warn({ err: error, failures: this.#failures }, "cannot claim, trying again");
      await this.#pause(backoffMs(this.#failures, Math.random(), { baseMs: 250, capMs: 5_000 }));
    }
    this.#release(unused);
  }

  async #openConsumer(): Promise<Consumer> {
    const { definition, nats } = this.#options;
    await this.#restore(); // somebody may have deleted it
    return nats.js.consumers.get(definition.stream, definition.config.durable_name);
  }

  async #restore(): Promise<void> {
    const { definition, nats } = this.#options;
    try {
      await restoreConsumer(nats, definition, this.#log);
    } catch (error) {
      if (!(error instanceof JetStreamApiError && error.code === streamNotFound)) throw error;
      this.#log.error(
        { event: "nats.stream_lost", stream: definition.stream },
        "a stream is gone, it is made anew",
      );
      await restoreTopology(nats, this.#log);
    }
  }

  /** @param onTaken called when a message takes a slot */
  async #pullFrom(consumer: Consumer, slots: number, onTaken: () => void): Promise<void> {
    if (this.#stopClaiming.signal.aborted) return;
    const pull = await consumer.fetch({
      max_messages: slots,
      expires: this.#untilTheyEnd(),
      idle_heartbeat: Math.min(pullHeartbeatMs, this.#pullMs / 2),
    });
    this.#pulls.add(pull);
    try {
      if (this.#stopClaiming.signal.aborted) void endPull(pull);
      for await (const message of pull) {
        if (this.#stopClaiming.signal.aborted) {
          message.nak();
          continue;
        }
        onTaken();
        this.#track(
          this.#handle(message)
            .catch((error: unknown) => this.#log.warn({ err: error }, "a claim could not be settled"))
            .finally(() => this.#release(1)),
        );
      }
    } finally {
      this.#pulls.delete(pull);
    }
  }

  /** Until the next moment at which pulls end, or the one after that when it is too near. */
  #untilTheyEnd(): number {
    const leftMs = this.#pullMs - Math.floor((Date.now() + this.#expiryOffsetMs) % this.#pullMs);
    return leftMs < this.#pullMs / 2 ? leftMs + this.#pullMs : leftMs;
  }

  async #handle(message: JsMsg): Promise<void> {
    const delivery = readDelivery(message);
    await withLabels(labelsOfSubject(delivery.subject), () => this.#settle(message, delivery));
  }

  async #settle(message: JsMsg, delivery: Delivery): Promise<void> {
    const { subject, deliveryCount } = delivery;
    if (deliveryCount > 1)
      this.#log.info({ event: "delivery.again", subject, deliveryCount }, "delivered again");
    const claim = this.#holdClaim(message);
    const settled = this.#meter.begin(delivery.deliveryCount);
    try {
      const outcome = await this.#processWhileStoreIsAway(delivery, this.#contextOf(claim.progressed));
      if (outcome.kind === "reject") message.term(outcome.why.slice(0, 200));
      else message.ack();
      settled(outcome.kind);
    } catch (error) {
      settled(this.#abandon.signal.aborted ? "handed_back" : "failed");
      this.#handBack(message, delivery, error);
    } finally {
      claim.letGo();
    }
  }

  /**
   * Keeps a claim while its worker lives: an answer may take longer than a claim lasts, and a claim that comes back
   * although nobody died is worked on twice and looks like one that kills its workers.
   */
  #holdClaim(message: JsMsg): { readonly progressed: () => void; readonly letGo: () => void } {
    const { nats, stuckAfterMs = stuckMsMax } = this.#options;
    let progressedAtMs = Date.now();
    const timer = setInterval(() => {
      const isStuck = Date.now() - progressedAtMs >= stuckAfterMs;
      if (!isStuck && !nats.connection.isClosed() && !nats.connection.isDraining()) message.working();
    }, nats.size.claimMs / 3);
    return {
      progressed: () => {
        progressedAtMs = Date.now();
      },
      letGo: () => clearInterval(timer),
    };
  }

  /**
   * Given up because the service stops, or left for a newer version of it (during an upgrade both run, and nothing that the
   * newer one has said may be lost), or failed in a way that nobody foresaw.
   */
  #handBack(message: JsMsg, delivery: Delivery, error: unknown): void {
    if (this.#abandon.signal.aborted) {
      message.nak();
      return;
    }
    if (error instanceof NewerFactError) {
      this.#log.warn({ err: error, subject: delivery.subject }, "left for a newer version of this service");
      message.nak(newerFactDelayMs);
      return;
    }
    const delayMs = backoffMs(delivery.deliveryCount, Math.random(), failureBackoff);
    this.#log.error(
      { err: error, subject: delivery.subject, deliveryCount: delivery.deliveryCount, delayMs },
      "step failed, it will be delivered again",
    );
    message.nak(delayMs);
  }

  /**
   * While broker or database are away the claim is kept and tried again: handing it back would only move the wait
   * to another worker, and make the broker count deliveries that say nothing about the work.
   */
  async #processWhileStoreIsAway(delivery: Delivery, context: StepContext): Promise<Outcome> {
    for (let failures = 1; ; failures++) {
      try {
        return await this.#process(delivery, context);
      } catch (error) {
        if (this.#abandon.signal.aborted || !isStoreAway(error)) throw error;
        this.#log.warn({ err: error, failures }, "broker or database away, trying again");
        this.#meter.storeAway();
        context.progressed();
        await this.#pauseOrAbandon(backoffMs(failures, Math.random(), storeAwayBackoff));
        // A stream that somebody deleted is missed by whoever publishes to it first.
        await restoreTopology(this.#options.nats, this.#log).catch(() => {});
      }
    }
  }

  #process(delivery: Delivery, context: StepContext): Promise<Outcome> {
    const since = this.#interruptions;
    return traceDelivery(this.#options.definition, delivery, async () => {
      const outcome = await processDelivery(this.#step, delivery, context, {
        publish: async (effect) => {
          const published = await this.#publishEffect(effect, since);
          if (published === "published") this.#noteStart(effect, delivery);
          return published;
        },
        moment: () => ({ nowMs: Date.now(), random: Math.random() }),
        afterConflict: (round) => sleep(Math.random() * 2 * round),
      });
      this.#logOutcome(outcome, delivery);
      return outcome;
    });
  }

  /**
   * A decision does not outlive the connection over which its facts were read: the broker that comes back may have
   * been restored from an older copy, in which what was expected to be last is last, and what was read is not there.
   *
   * @param since interruptions when the delivery's processing began
   */
  async #publishEffect(effect: Effect, since: number): Promise<"published" | "conflict"> {
    if (this.#interruptions !== since) {
      throw new errors.ConnectionError("The broker was lost since the decision's facts were read");
    }
    if (effect.kind === "append") {
      return (await this.#options.eventLog.append(effect)).kind === "appended" ? "published" : "conflict";
    }
    if (effect.kind === "turn") await publishTurn(this.#options.nats, effect);
    else await publishWork(this.#options.nats, effect);
    return "published";
  }

  #noteStart(effect: Effect, { storedAtMs }: Delivery): void {
    const isRequest = this.#options.definition === requestConsumer;
    if (isRequest && effect.kind === "append" && effect.fact.type === "sync.started")
      measurePickup(storedAtMs);
  }

  #contextOf(progressed: () => void): StepContext {
    return {
      log: this.#log,
      signal: this.#abandon.signal,
      progressed,
      sleep: (ms) => this.#pauseOrAbandon(ms),
      random: Math.random,
    };
  }

  #logOutcome(outcome: Outcome, delivery: Delivery): void {
    if (outcome.kind === "done" || outcome.kind === "ignore") {
      this.#log.debug({ outcome: outcome.kind, seq: delivery.seq, subject: delivery.subject }, "settled");
      return;
    }
    const { kind, why } = outcome;
    this.#log.warn(
      { outcome: kind, why, subject: delivery.subject, deliveryCount: delivery.deliveryCount },
      "rejected",
    );
  }

  /** A pull that waits on a server that was restarted would only notice at its next heartbeat. */
  async #watchConnection(): Promise<void> {
    for await (const status of this.#options.nats.connection.status()) {
      if (status.type === "disconnect") this.#interruptions++;
      if (status.type === "reconnect") for (const pull of this.#pulls) void endPull(pull);
    }
  }

  async #pause(delayMs: number): Promise<void> {
    await sleep(delayMs, undefined, { signal: this.#stopClaiming.signal }).catch(() => {});
  }

  async #pauseOrAbandon(delayMs: number): Promise<void> {
    await sleep(delayMs, undefined, { signal: this.#abandon.signal });
  }
}

function readDelivery(message: JsMsg): Delivery {
  return {
    subject: message.subject,
    header: (name) => message.headers?.get(name) ?? "",
    body: message.data,
    seq: message.seq,
    deliveryCount: message.info.deliveryCount,
    storedAtMs: message.time.getTime(),
  };
}
