import type { Millrace } from "@millrace/client";
import type { Finding } from "./finding.ts";
import { judgeForecast } from "./judge-forecast.ts";

/** What grows, as an operator may see it; the database's owner sees the same in check-postgres.ts. */
export async function checkForecasts(millrace: Millrace): Promise<Finding[]> {
  const { items } = await millrace.forecasts();
  const stores = items.map(({ fullAt, seenAt, ...store }) => ({
    ...store,
    fullAtMs: fullAt === null ? null : Date.parse(fullAt),
    seenAt: new Date(seenAt),
  }));
  return judgeForecast(stores, Date.now());
}
