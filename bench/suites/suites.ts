import { blobs } from "./blobs.ts";
import { fairness } from "./fairness.ts";
import { idle } from "./idle.ts";
import { memory } from "./memory.ts";
import { pickup } from "./pickup.ts";
import { projection } from "./projection.ts";
import { quota } from "./quota.ts";
import { retention } from "./retention.ts";
import { scale } from "./scale.ts";
import type { Suite } from "./suite.ts";
import { throughput } from "./throughput.ts";
import { tracing } from "./tracing.ts";

/** In the order of docs/benchmarks.md. */
export const suites: readonly Suite[] = [
  throughput,
  pickup,
  quota,
  projection,
  memory,
  fairness,
  scale,
  idle,
  tracing,
  blobs,
  retention,
];
