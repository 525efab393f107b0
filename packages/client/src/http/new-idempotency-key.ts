const bytes = 16;

/** Where a page has no secure context there is no `randomUUID`. */
export function newIdempotencyKey(): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
