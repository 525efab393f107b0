const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Zone names of RFC 5322, 4.3, in minutes east of Greenwich. Every other name means "unknown": UTC. */
const namedZones: Readonly<Record<string, number>> = {
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
};

const rfc5322 =
  /^(?:[a-z]+\.?\s*,?\s*)?(\d{1,2})[\s-]+([a-z]{3})[a-z]*\.?[\s,-]+(\d{2,5})[\s,]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?\s*([+-]\d{1,2}:?\d{2}|[a-z]+)?/i;
const asctime =
  /^[a-z]{3}[a-z]*,?\s+([a-z]{3})[a-z]*\s+(\d{1,2})\s+(\d{1,2}):(\d{2}):(\d{2})\s+(?:[a-z]+\s+)?(\d{4})/i;
const iso8601 = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?/i;

const yearMin = 1970;
const yearMax = 9999;
const dateCharsMax = 200;

/**
 * Reads a Date header: the forms of RFC 5322 with its obsolete ones, and asctime and ISO 8601, which mail has
 * too. Does not depend on the machine's time zone: a date without a zone is UTC. Null when it cannot be read or
 * lies outside the years 1970 to 9999, which JavaScript and Postgres can both hold.
 */
export function parseMailDate(value: string): Date | null {
  const text = stripComments(value.slice(0, dateCharsMax)).trim();
  return parseRfc5322(text) ?? parseAsctime(text) ?? parseIso8601(text);
}

/** A date that Postgres and JavaScript can both hold, of milliseconds since the epoch; else null. */
export function dateWithinBounds(epochMs: number): Date | null {
  const date = new Date(epochMs);
  const year = date.getUTCFullYear();
  return year >= yearMin && year <= yearMax ? date : null;
}

function parseRfc5322(text: string): Date | null {
  const match = rfc5322.exec(text);
  if (match === null) return null;
  const [, day, month, year, hour, minute, second, zone] = match;
  return build(fullYear(year), monthIndex(month), Number(day), [hour, minute, second], zone);
}

function parseAsctime(text: string): Date | null {
  const match = asctime.exec(text);
  if (match === null) return null;
  const [, month, day, hour, minute, second, year] = match;
  return build(Number(year), monthIndex(month), Number(day), [hour, minute, second], undefined);
}

function parseIso8601(text: string): Date | null {
  const match = iso8601.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, zone] = match;
  return build(Number(year), Number(month) - 1, Number(day), [hour, minute, second], zone);
}

function build(
  year: number,
  month: number,
  day: number,
  time: readonly (string | undefined)[],
  zone: string | undefined,
): Date | null {
  const [hour = 0, minute = 0, second = 0] = time.map((part) => Number(part ?? 0));
  const valid =
    year >= yearMin &&
    year <= yearMax &&
    month >= 0 &&
    month <= 11 &&
    day >= 1 &&
    day <= daysInMonth(year, month) &&
    hour <= 24 &&
    minute <= 59 &&
    second <= 60;
  if (!valid) return null;
  return dateWithinBounds(Date.UTC(year, month, day, hour, minute, second) - zoneMinutes(zone) * 60_000);
}

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
}

function monthIndex(name: string | undefined): number {
  return months.indexOf((name ?? "").toLowerCase());
}

/** RFC 5322, 4.3: two digits 00 to 49 mean 20xx, 50 to 99 and three digits count from 1900. */
function fullYear(digits: string | undefined): number {
  const year = Number(digits);
  if (digits?.length === 2) return year < 50 ? year + 2000 : year + 1900;
  if (digits?.length === 3) return year + 1900;
  return year;
}

function zoneMinutes(zone: string | undefined): number {
  const numeric = /^([+-])(\d{1,2}):?(\d{2})$/.exec(zone ?? "");
  if (numeric === null) return namedZones[(zone ?? "").toUpperCase()] ?? 0;
  const minutes = Number(numeric[2]) * 60 + Number(numeric[3]);
  if (minutes > 24 * 60) return 0;
  return numeric[1] === "-" ? -minutes : minutes;
}

/** Removes parenthesised comments in one pass: "Mon (UTC) 1 …". */
function stripComments(value: string): string {
  if (!value.includes("(")) return value;
  let depth = 0;
  let out = "";
  for (const char of value) {
    if (char === "(") depth++;
    else if (char === ")" && depth > 0) depth--;
    else if (depth === 0) out += char;
  }
  return out;
}
