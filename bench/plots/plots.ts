import { blobsPlot } from "./blobs-plot.ts";
import { fairnessPlot } from "./fairness-plot.ts";
import { idlePlot } from "./idle-plot.ts";
import { memoryPlot } from "./memory-plot.ts";
import { pickupPlot } from "./pickup-plot.ts";
import type { Plot } from "./plot.ts";
import { projectionPlot } from "./projection-plot.ts";
import { quotaPlot } from "./quota-plot.ts";
import { retentionPlot } from "./retention-plot.ts";
import { scalePlot } from "./scale-plot.ts";
import { throughputPlot } from "./throughput-plot.ts";
import { tracingPlot } from "./tracing-plot.ts";

export const plots: readonly Plot[] = [
  throughputPlot,
  pickupPlot,
  quotaPlot,
  projectionPlot,
  memoryPlot,
  fairnessPlot,
  scalePlot,
  idlePlot,
  tracingPlot,
  blobsPlot,
  retentionPlot,
];
