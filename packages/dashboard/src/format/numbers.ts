import { locale } from "./locale.ts";

const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });

export const count = (value: number): string => whole.format(value);
/** 12,345 as 12.3K: where there is little room. */
export const compact = (value: number): string =>
  Math.abs(value) < 10_000 ? count(value) : short.format(value);

/** Messages a second: small rates with a digit behind the point. */
export const rate = (perSecond: number): string =>
  perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : count(perSecond);

export const percent = (part: number, of: number): string =>
  // 100 % is said when it is: what is nearly done is not.
  `${of <= 0 ? 0 : part >= of ? 100 : Math.min(99, Math.floor((100 * part) / of))} %`;

export const plural = (n: number, one: string, many = `${one}s`): string =>
  `${count(n)} ${n === 1 ? one : many}`;

export function bytes(size: number): string {
  if (size < 1_000) return `${size} B`;
  const units = ["kB", "MB", "GB"];
  let [value, unit] = [size / 1_000, 0];
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function milliseconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : duration(ms / 1_000);
}

/** 8 s, 3 min 20 s, 2 h 5 min, 4 d: two units at most, because more is not known so well. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return seconds < 9.95 && seconds % 1 >= 0.05 ? `${seconds.toFixed(1)} s` : `${s} s`;
  const parts: [number, string][] = [
    [Math.floor(s / 86_400), "d"],
    [Math.floor((s % 86_400) / 3_600), "h"],
    [Math.floor((s % 3_600) / 60), "min"],
    [s % 60, "s"],
  ];
  const first = parts.findIndex(([n]) => n > 0);
  return parts
    .slice(first, first + 2)
    .filter(([n]) => n > 0)
    .map(([n, unit]) => `${n} ${unit}`)
    .join(" ");
}
