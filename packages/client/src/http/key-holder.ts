/** A key or browser token; or how to get one, asked for the first time and each time that the one before is refused. */
export type KeySource = string | (() => string | Promise<string>);

/**
 * Holds the key that requests bear. What a function has given is kept until the API refuses it: browser tokens end after
 * minutes, and then the function is asked once, however many requests have met the end.
 */
export class KeyHolder {
  readonly #source: KeySource | undefined;
  #current: Promise<string> | null = null;

  constructor(source: KeySource | undefined) {
    this.#source = source;
  }

  /** @throws what the function throws; the next call then asks it again */
  async get(): Promise<string | null> {
    const source = this.#source;
    if (source === undefined || typeof source === "string") return source ?? null;
    this.#current ??= Promise.resolve().then(source);
    const asked = this.#current;
    try {
      return await asked;
    } catch (error) {
      if (this.#current === asked) this.#current = null;
      throw error;
    }
  }

  /**
   * Forgets a key that was of no use.
   *
   * @returns whether another one can be had
   */
  async refuse(key: string | null): Promise<boolean> {
    if (typeof this.#source !== "function") return false;
    const current = this.#current;
    // Another request may have met the same end before, and the key that is held is new.
    if (current !== null && (await current.catch(() => null)) === key && this.#current === current)
      this.#current = null;
    return true;
  }
}
