import type { Endpoint } from "./quota/price-lists.ts";

export interface CallCount {
  readonly endpoint: Endpoint;
  readonly email: string | null;
  readonly status: number;
  readonly inBatch: boolean;
  count: number;
  units: number;
  /** When the first of them came in, in milliseconds since the epoch with a fraction. */
  readonly firstAtMs: number;
}

/** Milliseconds since the epoch, with a fraction. */
export const preciseNowMs = (): number => performance.timeOrigin + performance.now();

/** Counts every call by endpoint, mailbox and status. A call that ends in a reset counts with status 0. */
export class CallCounters {
  /** Connections of API clients opened since the last reset; those of the control API do not count. */
  connections = 0;
  private readonly counts = new Map<string, CallCount>();

  add(call: Omit<CallCount, "count">): void {
    const key = `${call.endpoint} ${call.status} ${call.inBatch} ${call.email}`;
    const known = this.counts.get(key);
    if (known === undefined) this.counts.set(key, { ...call, count: 1 });
    else {
      known.count++;
      known.units += call.units;
    }
  }

  report(): { total: number; units: number; connections: number; calls: CallCount[] } {
    const calls = [...this.counts.values()].sort((a, b) => b.count - a.count);
    const sum = (of: (one: CallCount) => number): number => calls.reduce((total, one) => total + of(one), 0);
    return {
      total: sum((one) => one.count),
      units: sum((one) => one.units),
      connections: this.connections,
      calls,
    };
  }

  reset(): void {
    this.counts.clear();
    this.connections = 0;
  }
}
