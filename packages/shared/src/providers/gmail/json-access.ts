/** Reading JSON that came from outside: everything may be missing or something else. */
export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function recordAt(record: JsonRecord, key: string): JsonRecord | null {
  const value = record[key];
  return isRecord(value) ? value : null;
}

export function arrayAt(record: JsonRecord, key: string): readonly unknown[] {
  const value = record[key];
  return Array.isArray(value) ? value : [];
}

export function textAt(record: JsonRecord, key: string): string | null {
  const value = record[key];
  return typeof value === "string" ? value : null;
}

/** An id that is an unsigned 64-bit number, as text: Google writes them as text. */
export function idAt(record: JsonRecord, key: string): string | null {
  const value = record[key];
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  return typeof value === "string" && /^\d+$/.test(value) ? value : null;
}

/** A count: whole and not negative, or null. */
export function countAt(record: JsonRecord, key: string): number | null {
  const value = numberAt(record, key);
  return value !== null && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** A number, or a text of digits. */
export function numberAt(record: JsonRecord, key: string): number | null {
  const value = record[key];
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  return typeof value === "string" && /^-?\d{1,16}$/.test(value) ? Number(value) : null;
}
