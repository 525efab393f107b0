/**
 * True when a watermark is behind another one in its mailbox's history, or when that cannot be told: then whoever asks
 * looks for himself. Gmail's are unsigned numbers of 64 bits and more, so they are compared as such, never as text.
 *
 * @param known null: nothing of the mailbox is known yet
 */
export function isLaterWatermark(watermark: string, known: string | null): boolean {
  if (known === null || !isNumber(watermark) || !isNumber(known)) return true;
  return BigInt(watermark) > BigInt(known);
}

/** The later of two watermarks, and the new one where that cannot be told. @param watermark null: there is no new one */
export const laterWatermark = (watermark: string | null, known: string | null): string | null =>
  watermark !== null && isLaterWatermark(watermark, known) ? watermark : known;

/** Bounded, because it may have come from outside. */
const isNumber = (text: string): boolean => /^\d{1,200}$/.test(text);
