/** The options cannot be understood; the message says why. */
export class UsageError extends Error {
  readonly code = "usage";
}

/** @throws UsageError */
export function wholeNumber(option: string, text: string, min: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw new UsageError(`${option} must be a whole number of at least ${min}, not "${text}".`);
}
