import type { Fact } from "@millrace/shared/events/facts";
import { parseAccountRef } from "@millrace/shared/events/subjects";
import type { WorkItem } from "@millrace/shared/events/work-item";
import type { ViewRows } from "@millrace/shared/projection/views";
import type { Outcome } from "@millrace/shared/runtime/outcome";
import type { Worker } from "../actors/deliver.ts";
import type { Claim } from "../broker/memory-consumer.ts";
import type { StoredMessage } from "../broker/memory-stream.ts";
import type { Tables } from "../database/memory-database.ts";
import { AwayError } from "../engine/away-error.ts";
import type { SimulatedProcess } from "../engine/simulated-process.ts";
import type { World } from "../world.ts";
import { judgeCap } from "./cap-rules.ts";
import { judgeCheckpoint } from "./checkpoint-rules.ts";
import { judgeCompletion } from "./completion-rules.ts";
import { judgeCourse } from "./course-rules.ts";
import { DeathRules } from "./death-rules.ts";
import { judgeFailure } from "./failure-rules.ts";
import { Follower } from "./follower.ts";
import { judgeLetters } from "./letter-rules.ts";
import { LogMemory } from "./log-memory.ts";
import { judgePage } from "./page-rules.ts";
import { judgeQueued, judgeStalled } from "./queue-rules.ts";
import { RunRules } from "./run-rules.ts";
import { judgeViews } from "./view-rules.ts";

/** Watches every step of a schedule, and says which rule of DESIGN.md it breaks. */
export class Judge {
  readonly memory = new LogMemory();
  readonly deaths: DeathRules;
  readonly follower = new Follower();
  /** Facts that have moved anything. */
  moves = 0;
  /** The highest watermark that the views ever had of each account. */
  readonly watermarks = new Map<string, number>();
  readonly #runs: RunRules;
  readonly #world: World;
  readonly #looked = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
    this.deaths = new DeathRules(world);
    this.#runs = new RunRules(world, this.memory);
  }

  /** The log has a new message. */
  appended(message: StoredMessage): void {
    const fact = message.json as Fact;
    const accountId = accountOf(message);
    this.#world.say?.(`the log has (${message.seq}) ${summary(fact)}`);
    // Letters that a lost log knew are put back again and again while their sync pauses, until it comes to them.
    if (fact.type !== "dead_letters.redriven" || !this.#world.broker.isLogDamaged) this.moves++;
    this.#judge(accountId, fact);
    if (fact.type === "page.listed") this.memory.forgetBehind(fact);
    this.memory.remember(accountId, fact);
    this.follower.hear(accountId, fact);
  }

  #judge(accountId: string, fact: Fact): void {
    const { memory } = this;
    const world = this.#world;
    if ("course" in fact) {
      judgeCourse(world, memory, accountId, fact);
      judgeCap(world, memory, accountId, fact);
    }
    // Whatever a slow worker still tells of an account that is leaving is void.
    if (memory.courses.get(accountId)?.course.removal !== undefined) return;
    if ("progress" in fact) judgeCheckpoint(world, memory, fact);
    switch (fact.type) {
      case "page.listed":
        judgePage(world, memory, accountId, fact);
        return;
      case "chunk.fetched":
      case "chunk.dead_lettered":
      case "dead_letters.refused":
        judgeLetters(world, fact, this.deaths.ofChunk(fact));
        return;
      case "sync.completed":
        judgeCompletion(world, memory, accountId, fact);
        return;
      case "sync.failed":
        judgeFailure(world, accountId, fact);
        return;
      case "sync.stalled":
        judgeStalled(world, memory, accountId, fact);
        return;
    }
  }

  /** The log was lost, or restored from an older copy. */
  logChanged(): void {
    this.memory.readAgain(this.#world.broker.events.messages.values(), accountOf);
  }

  /** The work queue has a new message. */
  queued(message: StoredMessage): void {
    this.deaths.queued(message.json as WorkItem);
    judgeQueued(this.#world, this.memory, message);
  }

  claimed(worker: Worker, claim: Claim): void {
    this.deaths.claimed(worker.process, claim);
    this.#runs.claimed(claim);
  }

  settled(worker: Worker, claim: Claim, outcome: Outcome): void {
    this.deaths.released(worker.process, claim);
    if (outcome.kind === "reject" && !this.#mayBeRejected(worker, claim.message)) {
      this.#world.violate("every message is understood", `${worker.step.name}: ${outcome.why}`);
    }
    this.#runs.settled(claim, outcome);
  }

  /** Junk, and requests for accounts that were removed, or are to be when the log has lost that. */
  #mayBeRejected({ consumer }: Worker, message: StoredMessage): boolean {
    if (consumer !== "requests") return false;
    const isJunk = (message.json as { mode?: string }).mode === "sideways";
    const account = this.#world.database.tables.accounts.get(accountOf(message));
    return isJunk || account === undefined || account.isRemoving === true;
  }

  failed(worker: Worker, claim: Claim, error: unknown): void {
    this.deaths.released(worker.process, claim);
    this.#world.violate(
      "no step fails",
      `${worker.step.name}: ${error instanceof Error ? error.stack : error}`,
    );
  }

  projectorFailed(error: unknown): void {
    const isExpected =
      error instanceof AwayError || /moved the checkpoint|another one by now/.test(String(error));
    if (!isExpected)
      this.#world.violate("no step fails", `projector: ${error instanceof Error ? error.stack : error}`);
  }

  /** A batch was folded and is about to be written. */
  projected(tables: Tables, changed: ViewRows): void {
    judgeViews(this.#world, tables, changed);
  }

  /** The janitor begins to look what is queued of a sync. */
  looked(syncId: string): void {
    this.#looked.set(syncId, this.#world.broker.work.lastSeq);
  }

  /** The last message of the queue when the janitor began to look at it. */
  lookedSeq(syncId: string): number {
    return this.#looked.get(syncId) ?? 0;
  }

  died(process: SimulatedProcess): void {
    this.deaths.died(process);
  }

  killedBy(messageId: string): void {
    this.deaths.killedBy(messageId);
  }
}

const accountOf = ({ subject }: StoredMessage): string => parseAccountRef(subject)?.accountId ?? "";

function summary(fact: Fact): string {
  const parts: unknown[] = [fact.type];
  if ("syncId" in fact) parts.push(fact.syncId);
  if ("pageNumber" in fact && fact.type === "page.listed")
    parts.push(
      `page ${fact.pageNumber} (${fact.stage}, from ${fact.since} to ${fact.watermark}): ${fact.messageIds}`,
      JSON.stringify(fact.changes),
    );
  if ("chunkIndex" in fact) parts.push(`chunk ${fact.chunkIndex}`);
  if ("ledger" in fact) parts.push(JSON.stringify(fact.ledger));
  if ("category" in fact) parts.push(fact.category);
  if ("next" in fact) parts.push(fact.next);
  if ("letters" in fact) parts.push(JSON.stringify(fact.letters));
  if ("mail" in fact) parts.push(JSON.stringify(fact.mail));
  return parts.join(" ");
}
