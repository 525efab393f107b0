/** A sync that was accepted: it must end. */
export interface AcceptedSync {
  readonly id: string;
  readonly tenantId: string;
  readonly accountId: string;
  /** http: the API said 202. event: the broker acknowledged the event. */
  readonly how: "http" | "event";
  readonly acceptedAtMs: number;
}

/** All that was accepted in a run, and what was done to it afterwards. */
export class SyncRegister {
  readonly #accepted = new Map<string, AcceptedSync>();
  /** Retried, or redriven: they may run again after their end. */
  readonly #reopened = new Set<string>();

  accept(sync: AcceptedSync): void {
    if (!this.#accepted.has(sync.id)) this.#accepted.set(sync.id, sync);
  }

  reopened(syncId: string): void {
    this.#reopened.add(syncId);
  }

  mayReopen(syncId: string): boolean {
    return this.#reopened.has(syncId);
  }

  get(syncId: string): AcceptedSync | undefined {
    return this.#accepted.get(syncId);
  }

  /** In the order in which they were accepted. */
  all(): readonly AcceptedSync[] {
    return [...this.#accepted.values()];
  }

  get size(): number {
    return this.#accepted.size;
  }
}
