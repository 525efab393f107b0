/**
 * Units spent in the last minute, in six hundred slices: no minute, wherever it starts, holds more than the limit.
 * The minute can be made shorter (a clock factor), which makes long runs of quotas short. Takes time as a value.
 */
export class SlidingMinute {
  private readonly spent = new Float64Array(SLICES + 1);
  private readonly sliceMs: number;
  private readonly limit: number;
  private newest = 0;
  private total = 0;

  constructor(limit: number, minuteMs: number) {
    this.limit = limit;
    this.sliceMs = minuteMs / SLICES;
  }

  /** Whether this many units fit now. */
  fits(units: number, nowMs: number): boolean {
    this.advance(nowMs);
    return this.total + units <= this.limit;
  }

  spend(units: number, nowMs: number): void {
    this.advance(nowMs);
    const place = this.newest % this.spent.length;
    this.spent[place] = (this.spent[place] ?? 0) + units;
    this.total += units;
  }

  /** The first time at which this many units fit, if nobody else spends. */
  fitsAtMs(units: number, nowMs: number): number {
    this.advance(nowMs);
    let free = this.limit - this.total;
    for (let age = SLICES; age >= 0; age--) {
      if (free >= units) break;
      const slice = this.newest - age;
      if (slice < 0) continue;
      free += this.spent[slice % this.spent.length] ?? 0;
      if (free >= units) return (slice + SLICES + 1) * this.sliceMs;
    }
    return nowMs;
  }

  private advance(nowMs: number): void {
    const now = Math.floor(nowMs / this.sliceMs);
    const steps = Math.min(now - this.newest, this.spent.length);
    for (let step = 0; step < steps; step++) {
      const place = (now - step) % this.spent.length;
      this.total -= this.spent[place] ?? 0;
      this.spent[place] = 0;
    }
    if (now > this.newest) this.newest = now;
  }
}

const SLICES = 600;
