/** What was seen last, as long as it is fresh. */
export class Seen<Sight> {
  readonly #nowMs: () => number;
  readonly #freshMs: number;
  #sight: { readonly what: Sight; readonly atMs: number } | null = null;

  constructor(nowMs: () => number, freshMs: number) {
    this.#nowMs = nowMs;
    this.#freshMs = freshMs;
  }

  see(what: Sight): void {
    this.#sight = { what, atMs: this.#nowMs() };
  }

  fresh(): Sight | null {
    const sight = this.#sight;
    return sight !== null && this.#nowMs() - sight.atMs < this.#freshMs ? sight.what : null;
  }
}
