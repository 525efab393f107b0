import { readFileSync } from "node:fs";
import { z } from "zod";
import type { QuotaLimits } from "../../quota/quota-governor.ts";
import { ConfigError } from "../../runtime/parse-config.ts";

/** Calls of Gmail's API that cost units. */
export const pricedCalls = [
  "getProfile",
  "listMessages",
  "getMessage",
  "getAttachment",
  "listLabels",
  "listHistory",
  "watch",
  "stop",
] as const;
export type PricedCall = (typeof pricedCalls)[number];

const units = z.int().min(1);
const priceListSchema = z.strictObject({
  unitsPerMinuteAccount: units,
  unitsPerMinuteProject: units,
  unitsPerDay: units.nullable(),
  units: z.record(z.enum(pricedCalls), z.int().nonnegative()),
});
export type PriceList = z.infer<typeof priceListSchema>;

const common = {
  getProfile: 1,
  listMessages: 5,
  listLabels: 1,
  listHistory: 2,
  watch: 100,
  stop: 50,
} as const;

/**
 * Units a call and a minute, for projects made from 1 May 2026 on and for older ones
 * (https://developers.google.com/workspace/gmail/api/reference/quota). A day of the former is what costs nothing.
 */
export const priceLists = {
  "gmail-2026": {
    unitsPerMinuteAccount: 6_000,
    unitsPerMinuteProject: 1_200_000,
    unitsPerDay: 80_000_000,
    units: { ...common, getMessage: 20, getAttachment: 20 },
  },
  "gmail-legacy": {
    unitsPerMinuteAccount: 15_000,
    unitsPerMinuteProject: 1_200_000,
    unitsPerDay: null,
    units: { ...common, getMessage: 5, getAttachment: 5 },
  },
} as const satisfies Record<string, PriceList>;

/** @throws {ConfigError} that says what is wrong with the name, or with the file */
export function readPriceList(nameOrPath: string): PriceList {
  if (Object.hasOwn(priceLists, nameOrPath)) return priceLists[nameOrPath as keyof typeof priceLists];
  const parsed = priceListSchema.safeParse(readJson(nameOrPath));
  if (!parsed.success)
    throw new ConfigError([`GMAIL_QUOTA: ${nameOrPath}: ${z.prettifyError(parsed.error)}`]);
  return parsed.data;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const names = [...Object.keys(priceLists), "off"].join(", ");
    throw new ConfigError([
      `GMAIL_QUOTA: must be one of ${names}, or a JSON file with a price list (${String(error)})`,
    ]);
  }
}

/** @param minuteMs shorter where time is compressed */
export function limitsOf(list: PriceList, minuteMs: number): QuotaLimits {
  const windowMs = minuteMs;
  return {
    account: { units: list.unitsPerMinuteAccount, windowMs, unitsPerDay: null },
    project: { units: list.unitsPerMinuteProject, windowMs, unitsPerDay: list.unitsPerDay },
  };
}
