import type { StoreStanding } from "@millrace/shared/forecast/read-forecasts";
import { formatBytes } from "../terminal/format-bytes.ts";
import { type Finding, ok, skipped, warn } from "./finding.ts";

const dayMs = 86_400_000;
const soonDays = 30;
const todo =
  "Make room in time: docs/operations.md#millracestorefillingup says how. `GET /v1/forecasts` with an operator's key has all stores.";

/** When stores are full if they go on like this. Those whose size is a matter of minutes are not judged. */
export function judgeForecast(stores: readonly StoreStanding[], nowMs: number): Finding[] {
  const check = "stores.forecast";
  if (stores.length === 0)
    return [skipped(check, "no sizes are noted yet", "The janitor notes them once an hour.")];
  const full = stores.flatMap((store) =>
    store.fullAtMs !== null && store.fullAtMs - nowMs <= soonDays * dayMs
      ? [{ ...store, fullAtMs: store.fullAtMs }]
      : [],
  );
  if (full.length > 0)
    return full.map(({ store, bytes, bytesMax, fullAtMs }) =>
      warn(
        check,
        `${store} is full in ${Math.max(0, Math.round((fullAtMs - nowMs) / dayMs))} days if it grows as it does ` +
          `(${formatBytes(bytes)} of ${formatBytes(bytesMax ?? 0)})`,
        todo,
      ),
    );
  const database = stores.find(({ store }) => store === "database");
  const growth = database?.bytesPerDay ?? null;
  const grows =
    growth === null
      ? "it has not been looked at for two days yet"
      : `the database grows by ${formatBytes(Math.max(0, growth))} a day`;
  return [
    ok(check, `nothing is full within ${soonDays} days; ${grows}`),
    ...(database?.bytesMax === null
      ? [
          skipped(
            check,
            "how large the database may grow nobody has said",
            "Set DATABASE_MIB_MAX of the janitor to what its disk or plan holds.",
          ),
        ]
      : []),
  ];
}
