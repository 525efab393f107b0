import type { EventOf, Fact } from "@millrace/shared/events/facts";
import { parseAccountRef } from "@millrace/shared/events/subjects";
import type { HighWaterMark } from "@millrace/shared/nats/high-water-mark";
import type { StreamState } from "@millrace/shared/nats/read-log";
import type { Checkpoint } from "@millrace/shared/projection/checkpoint";
import { type CheckpointDecision, decideCheckpoint } from "@millrace/shared/projection/decide-checkpoint";
import type { PositionedEvent } from "@millrace/shared/projection/project-batch";
import type { LogPosition } from "@millrace/shared/projection/views";
import type { StoredMessage } from "../broker/memory-stream.ts";
import { foldIntoTables } from "../database/fold-into-tables.ts";
import type { Tables } from "../database/memory-database.ts";
import { SimulatedProcess } from "../engine/simulated-process.ts";
import type { World } from "../world.ts";

/** Where a projector reads on. */
interface Session {
  position: LogPosition;
  readonly streamCreated: string;
}

/**
 * Applies the log to the views, batch by batch: the rules of the projection's statements around the same decisions
 * and the same fold.
 */
export class Projector {
  readonly #world: World;
  readonly #name: string;
  #process: SimulatedProcess;
  #session: Session | null = null;
  #isBusy = false;
  #restsUntilMs = 0;

  constructor(world: World, name: string) {
    this.#world = world;
    this.#name = name;
    this.#process = new SimulatedProcess(name);
  }

  get process(): SimulatedProcess {
    return this.#process;
  }

  /** True when it could do something now. */
  get isDue(): boolean {
    const { broker, database, scheduler } = this.#world;
    if (this.#isBusy || broker.isDown || database.isDown || scheduler.nowMs < this.#restsUntilMs)
      return false;
    return this.#session === null || broker.events.newestSeq > this.#session.position.seq;
  }

  /** Its reader ends when the broker was restarted or the stream made anew: it opens the log again. */
  lose(): void {
    this.#session = null;
  }

  kill(): void {
    this.#process.isDead = true;
    this.#world.scheduler.forget(this.#process);
    this.#process = new SimulatedProcess(this.#name);
    this.#session = null;
    this.#isBusy = false;
  }

  takeTurn(): void {
    this.#isBusy = true;
    const process = this.#process;
    const over = (): void => {
      if (process === this.#process) this.#isBusy = false;
    };
    this.#turn(process).then(over, (error: unknown) => {
      over();
      this.#session = null;
      this.#world.judge.projectorFailed(error);
    });
  }

  async #turn(process: SimulatedProcess): Promise<void> {
    const { broker, database, plan, choices, scheduler } = this.#world;
    const session = this.#session ?? (await this.#open(process));
    this.#session = session;
    const afterSeq = session.position.seq;
    const size = 1 + choices.below(plan.batchMax);
    const batch = await broker.call(process, "reads a batch", () =>
      [...broker.events.messages.values()].filter(({ seq }) => seq > afterSeq).slice(0, size),
    );
    if (batch.length === 0) return;
    const { epoch } = session.position;
    const events = batch.map((message) => ({
      position: { epoch, seq: message.seq },
      event: eventOf(message),
    }));
    const applied = await database.write(process, `applies ${events.length} events`, (tables) =>
      this.#apply(tables, session.position, events),
    );
    if (!applied) throw new Error("Another projector has moved the checkpoint");
    const last = events.at(-1);
    if (last === undefined || this.#session !== session) return;
    session.position = last.position;
    this.#restsUntilMs = scheduler.nowMs + this.#lagMs();
    if (this.#restsUntilMs > scheduler.nowMs) scheduler.at(this.#restsUntilMs, null, () => {});
    await this.#remember(process, {
      ...last.position,
      streamCreated: session.streamCreated,
      eventId: last.event.id,
    });
  }

  #lagMs(): number {
    return this.#world.isPlanOver ? 0 : this.#world.plan.projectorLagMs;
  }

  /** How far it was applied, outside of the database. */
  async #remember(process: SimulatedProcess, mark: HighWaterMark): Promise<void> {
    await this.#world.broker.call(process, "notes how far it is", () => {
      this.#world.mark = mark;
    });
  }

  async #open(process: SimulatedProcess): Promise<Session> {
    const { broker, database } = this.#world;
    const checkpoint = await database.read(process, "reads the checkpoint", (tables) => tables.checkpoint);
    const stream = await this.#readState(process);
    const seq = checkpoint?.seq ?? 0;
    const eventIdThere = await broker.call(process, `reads event ${seq}`, () =>
      seq === 0 ? null : (broker.events.messages.get(seq)?.headers["ce-id"] ?? null),
    );
    const mark = await broker.call(process, "reads how far it was", () => this.#world.mark);
    const decide = this.#world.mutations.decideCheckpoint ?? decideCheckpoint;
    const decision = decide({ checkpoint, stream, eventIdThere, mark });
    const isRecorded = await database.write(process, "records where it begins", (tables) =>
      record(tables, decision, checkpoint, stream.created, this.#world.scheduler.nowMs),
    );
    if (!isRecorded) throw new Error("Another projector has moved the checkpoint");
    const opened = await this.#readState(process);
    if (opened.created !== stream.created || opened.lastSeq < decision.position.seq) {
      throw new Error("The log is another one by now");
    }
    return { position: decision.position, streamCreated: stream.created };
  }

  #readState(process: SimulatedProcess): Promise<StreamState> {
    const { broker } = this.#world;
    return broker.call(process, "reads the log's state", () => ({
      created: broker.events.created,
      firstSeq: broker.events.firstSeq,
      lastSeq: broker.events.lastSeq,
    }));
  }

  /** One transaction. False when the checkpoint is another one by now. */
  #apply(tables: Tables, from: LogPosition, events: readonly PositionedEvent[]): boolean {
    const { checkpoint } = tables;
    const last = events.at(-1);
    if (last === undefined || checkpoint?.epoch !== from.epoch || checkpoint.seq !== from.seq) return false;
    const fresh = foldIntoTables(this.#world, tables, events);
    tables.checkpoint = { ...checkpoint, seq: last.position.seq, eventId: last.event.id };
    const until = checkpoint.restoredUntil;
    if (until !== null) {
      for (const { position, event } of fresh) {
        if (position.seq <= until && "progress" in event.fact) {
          tables.repairs.set(event.accountId, this.#world.scheduler.nowMs);
        }
      }
      if (last.position.seq >= until) tables.checkpoint = { ...tables.checkpoint, restoredUntil: null };
    }
    return true;
  }
}

function record(
  tables: Tables,
  { position: { epoch, seq }, newEpoch, repair }: CheckpointDecision,
  read: Checkpoint | null,
  streamCreated: string,
  nowMs: number,
): boolean {
  const { checkpoint } = tables;
  if (newEpoch !== null) {
    if (checkpoint?.epoch !== read?.epoch || checkpoint?.seq !== read?.seq) return false;
    tables.checkpoint = { epoch, seq: 0, streamCreated, eventId: null, restoredUntil: null };
  } else if (repair !== null) {
    if (checkpoint?.epoch !== epoch || checkpoint.seq !== seq) return false;
    tables.checkpoint = { ...checkpoint, restoredUntil: repair.kind === "until" ? repair.seq : null };
  }
  if (repair?.kind === "all")
    for (const accountId of tables.accounts.keys()) tables.repairs.set(accountId, nowMs);
  return true;
}

function eventOf({ subject, headers, json }: StoredMessage): EventOf {
  const ref = parseAccountRef(subject);
  if (ref === null) throw new Error(`No event stands on ${subject}`);
  return {
    ...ref,
    id: headers["ce-id"] ?? "",
    time: headers["ce-time"] ?? "",
    source: (headers["ce-source"] ?? "").replace("/millrace/", ""),
    fact: json as Fact,
  };
}
