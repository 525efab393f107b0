import { readForecasts, type StoreStanding } from "@millrace/shared/forecast/read-forecasts";
import type { Api, ApiPorts } from "../api.ts";
import { problemResponses } from "../http/problem.ts";
import { type Forecast, forecastsSchema } from "../resources/forecast.ts";
import { isoOf } from "../resources/time.ts";

export function getForecasts(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/forecasts",
    {
      config: { scope: null, operator: true },
      schema: {
        summary: "How large what keeps data is, and when it is full",
        description:
          "The janitor notes the sizes of the database and of the broker's streams hour by hour; the forecast is the line " +
          "through those of up to 28 days. There is none before two days.",
        tags: ["overview"],
        response: { 200: forecastsSchema, ...problemResponses },
      },
    },
    async () => {
      const nowMs = Date.now();
      const stores = await readForecasts(pool.ofNobody());
      return { items: stores.map((store) => forecastOf(store, nowMs)) };
    },
  );
}

function forecastOf(
  { store, bytes, bytesMax, bytesPerDay, fullAtMs, seenAt }: StoreStanding,
  nowMs: number,
): Forecast {
  return {
    store,
    bytes,
    bytesMax,
    bytesPerDay,
    fullAt: fullAtMs === null ? null : isoOf(new Date(fullAtMs)),
    daysUntilFull: fullAtMs === null ? null : Math.max(0, Math.round((fullAtMs - nowMs) / 8_640_000) / 10),
    seenAt: isoOf(seenAt),
  };
}
