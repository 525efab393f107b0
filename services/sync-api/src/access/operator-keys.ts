import { timingSafeEqual } from "node:crypto";
import type { OperatorCaller } from "./caller.ts";
import { hashSecret } from "./secret.ts";

const idChars = 8;

/** The operator's keys, from the environment: several, so that one can follow another. Only their hashes are held. */
export class OperatorKeys {
  readonly #hashes: readonly Buffer[];

  constructor(keys: readonly string[]) {
    this.#hashes = keys.map(hashSecret);
  }

  /** Takes as long whatever is shown. */
  find(secret: string): OperatorCaller | null {
    const shown = hashSecret(secret);
    const found = this.#hashes.filter((hash) => timingSafeEqual(hash, shown));
    const [hash] = found;
    return hash === undefined ? null : { kind: "operator", id: hash.toString("hex").slice(0, idChars) };
  }
}
