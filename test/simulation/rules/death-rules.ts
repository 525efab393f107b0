import type { FetchItem, WorkItem } from "@millrace/shared/events/work-item";
import { suspectAfterDeliveries } from "../../../services/fetcher/src/decide-guard.ts";
import type { Claim } from "../broker/memory-consumer.ts";
import type { SimulatedProcess } from "../engine/simulated-process.ts";
import type { World } from "../world.ts";

interface ChunkRef {
  readonly syncId: string;
  readonly chunkIndex: number;
}

const keyOf = ({ syncId, chunkIndex }: ChunkRef): string => `${syncId}/${chunkIndex}`;

/** Of one message that kills, in one chunk: until it is watched, together, and at it. */
const deathsByOneMax = 3 + 2 + 2 + 1;
/** For each further time that its chunk was put on the queue, or its deliveries are counted anew: then it is watched again. */
const deathsAgainMax = 4;

/** The broker counts deliveries by consumer. */
const isRecount = ({ kind }: World["plan"]["disturbances"][number]): boolean => kind === "consumer_deleted";

/** Knows which workers died of what: a crash loop ends within a bounded number of deaths, and takes nobody with it. */
export class DeathRules {
  readonly #world: World;
  readonly #held = new Map<SimulatedProcess, Set<Claim>>();
  readonly #watchedDeaths = new Map<string, number>();
  readonly #deathsBy = new Map<string, number>();
  /** Chunks with which it was put on the queue, and how often that was. */
  readonly #queuedWith = new Map<string, { readonly chunks: Set<string>; times: number }>();

  constructor(world: World) {
    this.#world = world;
  }

  queued(item: WorkItem): void {
    if (item.kind !== "chunk" && item.kind !== "redrive") return;
    for (const id of item.messageIds) {
      const queued = this.#queuedWith.get(id) ?? { chunks: new Set<string>(), times: 0 };
      queued.chunks.add(keyOf(item));
      queued.times++;
      this.#queuedWith.set(id, queued);
    }
  }

  /** Whoever watched it before, and stands still, is as good as dead. */
  claimed(process: SimulatedProcess, claim: Claim): void {
    for (const claims of this.#held.values()) {
      for (const other of claims) if (other.message === claim.message) this.#countWatched(other);
    }
    const held = this.#held.get(process) ?? new Set();
    held.add(claim);
    this.#held.set(process, held);
  }

  released(process: SimulatedProcess, claim: Claim): void {
    this.#held.get(process)?.delete(claim);
  }

  died(process: SimulatedProcess): void {
    for (const claim of this.#held.get(process) ?? []) this.#countWatched(claim);
    this.#held.delete(process);
  }

  #countWatched({ message, deliveryCount }: Claim): void {
    const item = message.json as FetchItem;
    const isChunk = "chunkIndex" in item && message.subject.startsWith("work.");
    const isWatched = deliveryCount > suspectAfterDeliveries || item.isSuspect === true;
    if (!isChunk || !isWatched) return;
    this.#watchedDeaths.set(keyOf(item), (this.#watchedDeaths.get(keyOf(item)) ?? 0) + 1);
  }

  killedBy(messageId: string): void {
    const deaths = (this.#deathsBy.get(messageId) ?? 0) + 1;
    this.#deathsBy.set(messageId, deaths);
    const { chunks, times } = this.#queuedWith.get(messageId) ?? { chunks: new Set(), times: 0 };
    const again = times - chunks.size + this.#world.plan.disturbances.filter(isRecount).length;
    if (deaths > chunks.size * deathsByOneMax + again * deathsAgainMax) {
      this.#world.violate("a crash loop ends", `${messageId} has killed ${deaths} workers`);
    }
  }

  /** Of workers that had this chunk under watch. */
  ofChunk(chunk: ChunkRef): number {
    return this.#watchedDeaths.get(keyOf(chunk)) ?? 0;
  }
}
