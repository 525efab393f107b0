/**
 * Every free choice of a schedule is made here, so that a seed, or the list of choices that was made, is the whole
 * schedule. 0 is always the simplest choice: no fault, the oldest first, the smaller number. So a list is made simpler
 * by shortening it and by making its numbers smaller, whatever they mean.
 */
export class Choices {
  /** What was chosen so far. */
  readonly made: number[] = [];
  readonly #next: (bound: number) => number;

  private constructor(next: (bound: number) => number) {
    this.#next = next;
  }

  /** Choices that follow from a seed. */
  static ofSeed(seed: number): Choices {
    const random = uint32Source(seed);
    return new Choices((bound) => random() % bound);
  }

  /** Choices that were made before; where the list ends, or does not fit, the nearest simple one is made. */
  static ofList(list: readonly number[]): Choices {
    let at = 0;
    return new Choices((bound) => Math.min(list[at++] ?? 0, bound - 1));
  }

  /** A whole number from 0 to `bound` - 1. */
  below(bound: number): number {
    if (bound <= 1) return 0;
    const chosen = this.#next(bound);
    this.made.push(chosen);
    return chosen;
  }

  /** True in so many of a thousand cases. */
  chance(perMille: number): boolean {
    return perMille > 0 && this.below(1_000) >= 1_000 - perMille;
  }

  /** The first of the list is the simplest. */
  pick<T>(list: readonly T[]): T {
    const chosen = list[this.below(list.length)];
    if (chosen === undefined) throw new Error("Nothing to choose from");
    return chosen;
  }
}

/** Chris Doty-Humphrey's sfc32, seeded by way of a multiplicative hash, so that neighbouring seeds have nothing in common. */
function uint32Source(seed: number): () => number {
  let [a, b, c, counter] = [
    mix(seed),
    mix(seed ^ 0x9e3779b9),
    mix(Math.floor(seed / 2 ** 32) + 0x85ebca6b),
    1,
  ];
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}

function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return hash ^ (hash >>> 16);
}
