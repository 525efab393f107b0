import type { EventLog } from "@millrace/shared/nats/event-log";
import { createTenantLine } from "@millrace/shared/postgres/create-tenant-line";
import type { AttemptPolicy } from "@millrace/shared/runtime/decide-attempt";
import { createSyncState } from "@millrace/shared/state/create-sync-state";
import { createAcceptRequest } from "../../../services/chunker/src/accept-request.ts";
import { createAdvanceSync } from "../../../services/chunker/src/advance-sync.ts";
import type { ChunkerPorts } from "../../../services/chunker/src/chunker-ports.ts";
import { createClaimListing } from "../../../services/chunker/src/claim-listing.ts";
import { createMailboxStore } from "../../../services/chunker/src/create-mailbox-store.ts";
import { createClaimBook } from "../../../services/fetcher/src/claim-book.ts";
import { ClaimGate } from "../../../services/fetcher/src/claim-gate.ts";
import { createFetchChunk } from "../../../services/fetcher/src/fetch-chunk.ts";
import { createPostgresStore } from "../../../services/fetcher/src/postgres-store.ts";
import type { ConsumerName } from "../broker/memory-broker.ts";
import { type LogPort, openMemoryLog } from "../broker/memory-log.ts";
import { openMemoryQueue } from "../broker/memory-queue.ts";
import { loadAccount } from "../database/load-account.ts";
import { openMemoryPool } from "../database/memory-pool.ts";
import { SimulatedProcess } from "../engine/simulated-process.ts";
import { openMemoryProvider } from "../provider/memory-provider.ts";
import type { World } from "../world.ts";
import { type AnyStep, deliver, type Worker } from "./deliver.ts";
import { openMemoryFindings, openMemoryVerifier } from "./memory-verifier.ts";

/** Small, so that a schedule that spends it stays short. */
export const attemptPolicy: AttemptPolicy = { retryCapMs: 20_000, poisonBudget: 3 };

interface Slot extends Worker {
  isBusy: boolean;
}

/** One process of a service, with what it works on. */
interface Member {
  readonly kind: "chunker" | "fetcher";
  readonly process: SimulatedProcess;
  readonly slots: readonly Slot[];
}

/** The processes that claim: chunkers and fetchers. One that dies or stops is followed by another. */
export class Fleet {
  readonly #world: World;
  #members: Member[];
  #started = 0;

  constructor(world: World) {
    this.#world = world;
    const { chunkers, fetchers } = world.plan;
    this.#members = [
      ...Array.from({ length: chunkers }, () => this.#start("chunker")),
      ...Array.from({ length: fetchers }, () => this.#start("fetcher")),
    ];
  }

  /** Slots that could claim something now. */
  claimable(): Slot[] {
    const { broker } = this.#world;
    if (broker.isDown) return [];
    const found: Slot[] = [];
    for (const { process, slots } of this.#members) {
      if (process.isStopping) continue;
      for (const slot of slots) {
        if (!slot.isBusy && broker.consumers[slot.consumer].pendingCount > 0) found.push(slot);
      }
    }
    return found;
  }

  claim(slot: Slot): void {
    const { broker, choices, say } = this.#world;
    const consumer = broker.consumers[slot.consumer];
    // Mostly in order: among more than a few nobody would see the difference.
    const claim = consumer.claim(choices.below(Math.min(consumer.pendingCount, 3)));
    if (claim === null) return;
    slot.isBusy = true;
    slot.process.busy++;
    const { subject, seq } = claim.message;
    say?.(`${slot.process.name} claims ${subject} (${seq}), delivery ${claim.deliveryCount}`);
    this.#world.judge.claimed(slot, claim);
    void deliver(this.#world, slot, claim).then(() => {
      slot.isBusy = false;
      slot.process.busy--;
      if (slot.process.isStopping && slot.process.busy === 0) this.#replace(slot.process);
    });
  }

  /** The process that a number means. */
  find(which: number): SimulatedProcess | null {
    return this.#members[which % this.#members.length]?.process ?? null;
  }

  owns(process: SimulatedProcess): boolean {
    return this.#members.some((member) => member.process === process);
  }

  kill(process: SimulatedProcess): void {
    process.isDead = true;
    this.#world.scheduler.forget(process);
    this.#replace(process);
  }

  killFetchers(): void {
    for (const { kind, process } of [...this.#members]) if (kind === "fetcher") this.#world.kill(process);
  }

  /** In order: what is worked on ends, or is given up and handed back. */
  stop(process: SimulatedProcess, isAborted: boolean): void {
    if (isAborted) process.abort();
    else process.isStopping = true;
    if (process.busy === 0) this.#replace(process);
  }

  #replace(process: SimulatedProcess): void {
    this.#members = this.#members.map((member) =>
      member.process === process ? this.#start(member.kind) : member,
    );
  }

  #start(kind: Member["kind"]): Member {
    const process = new SimulatedProcess(`${kind}-${++this.#started}`);
    const log = openMemoryLog(this.#world.broker, this.#world.scheduler, process, this.#world.mutations);
    const steps = kind === "chunker" ? this.#chunkerSteps(process, log) : this.#fetcherSteps(process, log);
    const slots = steps.flatMap(([consumer, step]) => {
      const mutated = this.#world.mutations.step?.(consumer, step, this.#world) ?? step;
      return Array.from({ length: this.#world.plan.slots }, () => ({
        ...{ process, consumer, log, step: mutated },
        isBusy: false,
      }));
    });
    return { kind, process, slots };
  }

  #chunkerSteps(process: SimulatedProcess, log: LogPort): [ConsumerName, AnyStep][] {
    const world = this.#world;
    const pool = openMemoryPool(world, process);
    const ports: ChunkerPorts = {
      state: world.mutate("chunkerState", createSyncState(log as EventLog, pool)),
      queue: openMemoryQueue(world.broker, process),
      accounts: { load: (ref) => loadAccount(world, process, ref) },
      line: world.mutate("line", createTenantLine(pool)),
      provider: world.mutate("provider", openMemoryProvider(world, process)),
      mailboxes: createMailboxStore(pool),
      findings: openMemoryFindings(world, process),
      verifier: openMemoryVerifier(world, process),
      nowMs: () => world.scheduler.nowMs,
      defaults: { chunkSize: world.plan.chunkSize, windowChunks: world.plan.windowChunks },
      attemptPolicy,
    };
    return [
      ["requests", createAcceptRequest(ports)],
      ["events", createAdvanceSync(ports)],
      ["list", createClaimListing(ports)],
    ];
  }

  #fetcherSteps(process: SimulatedProcess, log: LogPort): [ConsumerName, AnyStep][] {
    const world = this.#world;
    const pool = openMemoryPool(world, process);
    const step = createFetchChunk({
      state: createSyncState(log as EventLog, pool),
      accounts: { load: (ref) => loadAccount(world, process, ref) },
      provider: world.mutate("provider", openMemoryProvider(world, process)),
      store: world.mutate("store", createPostgresStore(pool)),
      attachments: { keep: async () => new Map() }, // no message here has any
      claims: world.mutate("claims", createClaimBook(pool)),
      gate: new ClaimGate(),
      attemptPolicy,
      flushBytesMax: world.plan.isFlushedEach ? 1 : 2 ** 20,
    });
    return [
      ["live", step],
      ["bulk", step],
    ];
  }
}
