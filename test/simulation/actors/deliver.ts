import { isStoreAway } from "@millrace/shared/nats/is-store-away";
import { backoffMs } from "@millrace/shared/runtime/backoff";
import type { Effect, Outcome } from "@millrace/shared/runtime/outcome";
import { type DeliveryPorts, processDelivery } from "@millrace/shared/runtime/process-delivery";
import type { Delivery, Step, StepContext } from "@millrace/shared/runtime/step";
import { silentLogger } from "@millrace/shared/testing/silent-logger";
import type { ConsumerName } from "../broker/memory-broker.ts";
import type { Claim } from "../broker/memory-consumer.ts";
import type { LogPort } from "../broker/memory-log.ts";
import { publishToQueue } from "../broker/memory-queue.ts";
import type { StoredMessage } from "../broker/memory-stream.ts";
import { AwayError } from "../engine/away-error.ts";
import type { SimulatedProcess } from "../engine/simulated-process.ts";
import type { World } from "../world.ts";

// biome-ignore lint/suspicious/noExplicitAny: a worker runs steps of every kind, and looks into none
export type AnyStep = Step<any, any, any>;

/** Where a delivery is worked on. */
export interface Worker {
  readonly process: SimulatedProcess;
  readonly consumer: ConsumerName;
  readonly step: AnyStep;
  readonly log: LogPort;
}

const storeAwayBackoff = { baseMs: 250, capMs: 2_000 };
const failureBackoff = { baseMs: 1_000, capMs: 60_000 };
const progressEveryMs = 5_000;

/** One delivery from claim to settlement: the rules of the service's runtime, around the same `processDelivery`. */
export async function deliver(world: World, worker: Worker, claim: Claim): Promise<void> {
  const { process, consumer } = worker;
  const { seq } = claim.message;
  const delivery = readDelivery(claim);
  try {
    if (world.mutations.isAcknowledgedFirst) world.broker.ack(consumer, claim.message);
    const outcome = await processWhileStoreIsAway(world, worker, delivery);
    await world.scheduler.point(process, `acknowledges (${describe(outcome)})`);
    world.judge.settled(worker, claim, outcome);
    ack(world, consumer, claim.message);
  } catch (error) {
    await world.scheduler.point(process, "hands back");
    if (!process.signal.aborted) world.judge.failed(worker, claim, error);
    const delayMs = backoffMs(delivery.deliveryCount, random(world), failureBackoff);
    world.broker.nak(consumer, seq, process.signal.aborted ? 0 : delayMs);
  }
}

async function processWhileStoreIsAway(world: World, worker: Worker, delivery: Delivery): Promise<Outcome> {
  const { process, step } = worker;
  const context = contextOf(world, worker, delivery);
  for (let failures = 1; ; failures++) {
    try {
      return await processDelivery(step, delivery, context, portsOf(world, worker));
    } catch (error) {
      if (process.signal.aborted || !isStoreAway(error)) throw error;
      context.progressed();
      await world.scheduler.sleep(process, backoffMs(failures, random(world), storeAwayBackoff));
    }
  }
}

function portsOf(world: World, { process, log }: Worker): DeliveryPorts {
  const since = world.broker.restarts;
  return {
    publish: async (effect: Effect) => {
      if (world.broker.restarts !== since) throw new AwayError("The broker that was asked");
      if (effect.kind === "append") {
        return (await log.append(effect)).kind === "appended" ? "published" : "conflict";
      }
      if (effect.kind === "turn") throw new Error("No endpoint is told here");
      await publishToQueue(world.broker, world.scheduler, process, effect);
      return "published";
    },
    moment: () => ({ nowMs: world.scheduler.nowMs, random: random(world) }),
    afterConflict: () => world.scheduler.point(process, "decides again"),
  };
}

function contextOf(world: World, worker: Worker, { seq }: Delivery): StepContext {
  const { scheduler, broker } = world;
  let toldAtMs = scheduler.nowMs;
  return {
    log: silentLogger,
    signal: worker.process.signal,
    progressed: () => {
      if (scheduler.nowMs - toldAtMs < progressEveryMs) return;
      toldAtMs = scheduler.nowMs;
      broker.working(worker.consumer, seq);
    },
    sleep: (ms) => scheduler.sleep(worker.process, ms),
    random: () => random(world),
  };
}

const random = ({ choices }: World): number => choices.below(1_000_000) / 1_000_000;

/** How late an acknowledgement arrives that arrives late: some of them after the claim has run out. */
const lateMs = [500, 29_000, 31_000, 60_000] as const;

function ack(world: World, consumer: ConsumerName, message: StoredMessage): void {
  const { choices, rates, scheduler, broker } = world;
  if (choices.chance(rates.ackLost)) return;
  if (!choices.chance(rates.ackLate)) broker.ack(consumer, message);
  else scheduler.at(scheduler.nowMs + choices.pick(lateMs), null, () => broker.ack(consumer, message));
}

function readDelivery({ message, deliveryCount }: Claim): Delivery {
  const { subject, headers, body, seq, storedAtMs } = message;
  return { subject, header: (name) => headers[name] ?? "", body, seq, deliveryCount, storedAtMs };
}

const describe = (outcome: Outcome): string => ("why" in outcome ? outcome.why : outcome.kind);
