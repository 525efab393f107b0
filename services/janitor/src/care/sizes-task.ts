import { readForecasts, type StoreStanding } from "@millrace/shared/forecast/read-forecasts";
import * as metrics from "@millrace/shared/telemetry/metrics/care-metrics";
import type { Gauge } from "@millrace/shared/telemetry/metrics/gauge";
import { Seen } from "../observe/seen.ts";
import { showSeen } from "../observe/show-seen.ts";
import type { PeriodicTask } from "../run-periodically.ts";
import { noteSizes, type SizePorts } from "./note-sizes.ts";

const everySeconds = 300;
/** What was seen longer ago another janitor sees now. */
const freshMs = 3 * everySeconds * 1_000;

/** The task that notes how large stores are, and says when they are full if they go on like this. */
export function sizesTask(ports: SizePorts): PeriodicTask {
  const seen = new Seen<readonly StoreStanding[]>(Date.now, freshMs);
  const show = (gauge: Gauge<"millrace.store">, read: (store: StoreStanding) => number | null) =>
    showSeen(
      gauge,
      () => seen.fresh(),
      (stores) =>
        stores.flatMap((store) => {
          const value = read(store);
          return value === null ? [] : [{ value, attributes: { "millrace.store": store.store } }];
        }),
    );
  show(metrics.storeSize, ({ bytes }) => bytes);
  show(metrics.storeLimit, ({ bytesMax }) => bytesMax);
  show(metrics.storeGrowth, ({ bytesPerDay }) => bytesPerDay);
  show(metrics.storeLeft, ({ fullAtMs }) =>
    fullAtMs === null ? null : Math.max(0, fullAtMs - Date.now()) / 1_000,
  );
  return {
    name: "sizes",
    everySeconds,
    lock: 7_352_190_033,
    run: async () => {
      await noteSizes(ports);
      seen.see(await readForecasts(ports.pool.ofNobody()));
    },
  };
}
