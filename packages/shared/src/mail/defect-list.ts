import { mailLimits } from "./mail-limits.ts";
import { cutText, storableText } from "./storable-text.ts";

/**
 * Collects what was broken in a message, one short sentence each, no sentence twice, bounded in number and
 * length. The sentence that would be one too many is replaced by a note that there are more.
 */
export class DefectList {
  readonly #sentences = new Set<string>();

  add(sentence: string): void {
    const { defectsMax, defectCharsMax } = mailLimits;
    if (this.#sentences.size >= defectsMax) return;
    const isLast = this.#sentences.size === defectsMax - 1;
    this.#sentences.add(
      isLast ? "More defects than are listed." : cutText(storableText(sentence), defectCharsMax),
    );
  }

  toArray(): readonly string[] {
    return [...this.#sentences];
  }
}
