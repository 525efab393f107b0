import type { WorkItem } from "@millrace/shared/events/work-item";
import type { Effect, Outcome } from "@millrace/shared/runtime/outcome";
import type { Claim } from "../broker/memory-consumer.ts";
import type { World } from "../world.ts";
import type { LogMemory } from "./log-memory.ts";

/** Work of an earlier run of its sync is void: what was claimed when a later one had begun leads to nothing. */
export class RunRules {
  readonly #world: World;
  readonly #memory: LogMemory;
  readonly #void = new WeakSet<Claim>();

  constructor(world: World, memory: LogMemory) {
    this.#world = world;
    this.#memory = memory;
  }

  claimed(claim: Claim): void {
    const item = claim.message.json as Partial<WorkItem>;
    if (item.kind !== "chunk" && item.kind !== "list") return;
    const active = this.#memory.activeEver.get(item.syncId ?? "");
    if (active !== undefined && "run" in item && active.run > (item.run ?? 0)) this.#void.add(claim);
  }

  settled(claim: Claim, outcome: Outcome): void {
    if (outcome.kind !== "done" || !this.#void.has(claim)) return;
    // What was stored of it is told all the same.
    const told = (effect: Effect): boolean =>
      effect.kind === "append" && effect.fact.type === "chunk.abandoned";
    if (outcome.effects.every(told)) return;
    if (this.#world.broker.isLogDamaged) return;
    this.#world.violate("work of an earlier run is void", JSON.stringify(claim.message.json));
  }
}
