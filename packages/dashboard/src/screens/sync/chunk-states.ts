/** As the API's stream of chunks calls them: one letter a chunk. */
export const letters = ["s", "o", "f", "d", "l"] as const;
export type Letter = (typeof letters)[number];

export const letterNames: Record<Letter, string> = {
  s: "settled",
  o: "outstanding",
  f: "outstanding, retrying",
  d: "dead-lettered",
  l: "listed",
};

export interface ChunkNews {
  /** All chunks, a letter each: in the place of what was known. */
  readonly states?: string | undefined;
  readonly changed?: readonly (readonly [index: number, letter: string])[] | undefined;
}

const none = 0;
const codeOf = (letter: string): number => letters.indexOf(letter as Letter) + 1;

/** The states of a sync's chunks, a byte each, with how many there are of each; and which have changed since they were drawn. */
export class ChunkStates {
  #codes = new Uint8Array(1_024);
  #length = 0;
  readonly #counts = new Map<number, number>();
  #dirty = new Set<number>();

  get length(): number {
    return this.#length;
  }

  count(letter: Letter): number {
    return this.#counts.get(codeOf(letter)) ?? 0;
  }

  /** Null where the chunk is not known (yet). */
  at(index: number): Letter | null {
    const code = index < this.#length ? (this.#codes[index] ?? none) : none;
    return code === none ? null : (letters[code - 1] ?? null);
  }

  apply({ states, changed }: ChunkNews): void {
    if (states !== undefined) {
      if (states.length < this.#length) this.#clear();
      for (let index = 0; index < states.length; index++) this.#set(index, states[index] ?? "");
    }
    for (const [index, letter] of changed ?? []) this.#set(index, letter);
  }

  /** Those that have changed since it was asked the last time. */
  takeDirty(): Iterable<number> {
    const dirty = this.#dirty;
    this.#dirty = new Set();
    return dirty;
  }

  #clear(): void {
    this.#codes.fill(none);
    this.#length = 0;
    this.#counts.clear();
  }

  #set(index: number, letter: string): void {
    const code = codeOf(letter);
    if (code === none || index < 0) return;
    if (index >= this.#codes.length) this.#grow(index + 1);
    const before = this.#codes[index] ?? none;
    this.#length = Math.max(this.#length, index + 1);
    if (before === code) return;
    this.#codes[index] = code;
    if (before !== none) this.#counts.set(before, (this.#counts.get(before) ?? 0) - 1);
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
    this.#dirty.add(index);
  }

  #grow(length: number): void {
    const larger = new Uint8Array(2 ** Math.ceil(Math.log2(length)));
    larger.set(this.#codes);
    this.#codes = larger;
  }
}
