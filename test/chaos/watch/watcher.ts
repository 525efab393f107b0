import type { World } from "../world/world.ts";
import { regressionsOf, type ShownSync } from "./progress-mark.ts";

/** Somebody who looks at syncs, one sight after the other, and remembers the last of each. */
export class Watcher {
  readonly #name: string;
  readonly #world: World;
  readonly #last = new Map<string, ShownSync>();

  constructor(name: string, world: World) {
    this.#name = name;
    this.#world = world;
  }

  sees(now: ShownSync): void {
    const { notes, register } = this.#world;
    notes.sights++;
    if (notes.isPostgresBack) {
      this.#last.clear();
      return;
    }
    for (const what of regressionsOf(this.#last.get(now.id) ?? null, now, register.mayReopen(now.id))) {
      notes.fault(notes.regressions, `${this.#name} saw ${what}`);
    }
    this.#last.set(now.id, now);
  }
}
