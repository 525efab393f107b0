import { isNewer, type Sync, toldAtMs } from "@millrace/client";

const syncsMax = 5_000;
/** Who draws need not do so more often. */
const tellMs = 120;

/** The newest state of each sync that was seen, whichever way it came. What is older than that is not taken. */
export class SyncStore {
  readonly #syncs = new Map<string, Sync>();
  readonly #listeners = new Set<() => void>();
  #snapshot: readonly Sync[] = [];
  #telling: ReturnType<typeof setTimeout> | undefined;

  /** @returns the newest state of it */
  take(sync: Sync): Sync {
    const before = this.#syncs.get(sync.id);
    if (before !== undefined && !isNewer(sync.version, before.version)) return before;
    toldAtMs(sync);
    this.#syncs.delete(sync.id);
    this.#syncs.set(sync.id, sync);
    if (this.#syncs.size > syncsMax) this.#forgetOldest();
    this.#telling ??= setTimeout(() => this.#tell(), tellMs);
    return sync;
  }

  readonly get = (id: string): Sync | undefined => this.#syncs.get(id);
  /** The same array until something has changed. */
  readonly all = (): readonly Sync[] => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #tell(): void {
    this.#telling = undefined;
    this.#snapshot = [...this.#syncs.values()];
    for (const listener of this.#listeners) listener();
  }

  #forgetOldest(): void {
    const [oldest] = this.#syncs.keys();
    if (oldest !== undefined) this.#syncs.delete(oldest);
  }
}
