import { AwayError } from "../engine/away-error.ts";
import type { Choices } from "../engine/choices.ts";
import type { Scheduler } from "../engine/scheduler.ts";
import type { SimulatedProcess } from "../engine/simulated-process.ts";
import { MemoryConsumer } from "./memory-consumer.ts";
import { MemoryStream, type Publication, type PublishResult, type StoredMessage } from "./memory-stream.ts";

export type ConsumerName = "requests" | "events" | "list" | "live" | "bulk";

const ackWaitMs = 30_000;

/** JetStream in memory: the streams of the topology with their consumers, and what can become of them. */
export class MemoryBroker {
  readonly requests: MemoryStream;
  readonly events: MemoryStream;
  readonly work: MemoryStream;
  readonly consumers: Readonly<Record<ConsumerName, MemoryConsumer>>;
  isDown = false;
  /** How often everybody has lost the connection to it. */
  restarts = 0;
  /** The work queue has lost something. */
  isWorkDamaged = false;
  /** How often the log has lost something. */
  logLosses = 0;
  /** Of a thousand published messages, so many are stored and reported as lost. */
  publishLost = 0;
  /** Called with each new message of the log, before anybody can read it. */
  onEvent: (message: StoredMessage) => void = () => {};
  onWork: (message: StoredMessage) => void = () => {};
  readonly #scheduler: Scheduler;
  readonly #choices: Choices;
  #recreations = 0;

  constructor(scheduler: Scheduler, choices: Choices, isDuplicateFirst: boolean) {
    this.#scheduler = scheduler;
    this.#choices = choices;
    const stream = (name: string) => new MemoryStream(name, "0", isDuplicateFirst);
    this.requests = stream("REQUESTS");
    this.events = stream("EVENTS");
    this.work = stream("WORK");
    const consumer = (name: string, of: MemoryStream, prefix: string) =>
      new MemoryConsumer({ name, stream: of, prefix, isWorkQueue: of !== this.events, ackWaitMs }, scheduler);
    this.consumers = {
      requests: consumer("requests", this.requests, "sync.requests."),
      events: consumer("events", this.events, "evt."),
      list: consumer("list", this.work, "work.list."),
      live: consumer("live", this.work, "work.live."),
      bulk: consumer("bulk", this.work, "work.bulk."),
    };
  }

  /** Nobody reaches it until `up`. */
  down(): void {
    this.isDown = true;
    this.restarts++;
  }

  up(): void {
    this.isDown = false;
  }

  get isLogDamaged(): boolean {
    return this.logLosses > 0;
  }

  /** A call of the broker: takes effect when the scheduler lets it. @throws {AwayError} */
  async call<T>(process: SimulatedProcess, what: string, act: () => T): Promise<T> {
    const before = this.restarts;
    await this.#scheduler.point(process, what);
    // Whoever waited for a broker that was restored or made anew meanwhile has lost its connection.
    if (this.isDown || before !== this.restarts) throw new AwayError("The broker");
    return act();
  }

  /** A call whose answer may be lost. @throws {AwayError} also when it took effect, now and then */
  async callUnsurely<T>(process: SimulatedProcess, what: string, act: () => T): Promise<T> {
    const result = await this.call(process, what, act);
    if (this.#choices.chance(this.publishLost)) throw new AwayError("The broker's answer");
    return result;
  }

  publish(
    process: SimulatedProcess,
    what: string,
    stream: MemoryStream,
    publication: Publication,
  ): Promise<PublishResult> {
    return this.callUnsurely(process, what, () => this.store(stream, publication));
  }

  store(stream: MemoryStream, publication: Publication): PublishResult {
    const result = stream.publish(publication, this.#scheduler.nowMs);
    if (result.kind !== "stored") return result;
    if (stream === this.events) this.onEvent(result.message);
    if (stream === this.work) this.onWork(result.message);
    for (const consumer of this.#consumersOf(stream)) consumer.offer(result.message);
    return result;
  }

  /**
   * A sequence is all that an acknowledgement names: one that comes late, to a stream that was made anew, counts for
   * another message there. What that loses of facts and of work is found again. Of a request nothing else would be
   * left, and in practice it needs a worker that dies just then: it is left out here.
   */
  ack(name: ConsumerName, message: StoredMessage): void {
    const isOther = name === "requests" && this.requests.messages.get(message.seq) !== message;
    if (!this.isDown && !isOther) this.consumers[name].ack(message.seq);
  }

  nak(name: ConsumerName, seq: number, delayMs: number): void {
    if (!this.isDown) this.consumers[name].nak(seq, delayMs);
  }

  working(name: ConsumerName, seq: number): void {
    if (!this.isDown) this.consumers[name].working(seq);
  }

  /** All messages of a stream are gone; it goes on where it was, or is made anew. */
  wipe(stream: MemoryStream, isRecreated: boolean): void {
    this.#noteDamage(stream);
    this.restarts++;
    if (isRecreated) stream.recreate(String(++this.#recreations));
    else for (const seq of [...stream.messages.keys()]) stream.delete(seq);
    for (const consumer of this.#consumersOf(stream)) consumer.recreate();
  }

  /** A consumer is made anew: it delivers all that its stream has. */
  recreateConsumer(name: ConsumerName): void {
    this.consumers[name].recreate();
  }

  /** The oldest messages of the work queue fall out. */
  dropWork(count: number): void {
    this.#noteDamage(this.work);
    for (const seq of [...this.work.messages.keys()].slice(0, count)) this.work.delete(seq);
    for (const consumer of this.#consumersOf(this.work)) consumer.forgetLost();
  }

  /** Removes messages on purpose: nothing is lost by it. */
  purge(stream: MemoryStream, isMeant: (message: StoredMessage) => boolean): void {
    stream.purge(isMeant);
    for (const consumer of this.#consumersOf(stream)) consumer.forgetLost();
  }

  /** The log is a copy from when it ended earlier; its consumer is as it was then, or new. */
  restoreLog(lastSeq: number, isConsumerNew: boolean): void {
    this.#noteDamage(this.events);
    this.restarts++;
    this.events.cutTo(lastSeq);
    if (isConsumerNew) this.consumers.events.recreate();
    else this.consumers.events.forgetLost();
  }

  #noteDamage(stream: MemoryStream): void {
    if (stream === this.work) this.isWorkDamaged = true;
    else if (stream === this.events) this.logLosses++;
  }

  #consumersOf(stream: MemoryStream): MemoryConsumer[] {
    return Object.values(this.consumers).filter((consumer) => consumer.spec.stream === stream);
  }
}
