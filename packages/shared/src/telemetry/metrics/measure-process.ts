import { type EventLoopUtilization, monitorEventLoopDelay, performance } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import { gauge, just } from "./gauge.ts";

const nothing = {} as const;

const statistics = ["min", "mean", "p50", "p90", "p99", "max"] as const;
const eventLoopDelays = statistics.map((statistic) =>
  gauge({
    name: `nodejs.eventloop.delay.${statistic}`,
    unit: "s",
    description: `How late timers are, ${statistic} of the last ten seconds: what else was done meanwhile`,
    from: "all",
    attributes: nothing,
  }),
);
const eventLoopUtilization = gauge({
  name: "nodejs.eventloop.utilization",
  unit: "1",
  description: "Share of the last ten seconds in which the event loop was at work",
  from: "all",
  attributes: nothing,
});
const memoryUsage = gauge({
  name: "process.memory.usage",
  unit: "By",
  description: "Memory of the process (resident set)",
  from: "all",
  attributes: nothing,
});
const heapUsed = gauge({
  name: "v8js.memory.heap.used",
  unit: "By",
  description: "Heap in use",
  from: "all",
  attributes: nothing,
});
const heapLimit = gauge({
  name: "v8js.memory.heap.limit",
  unit: "By",
  description: "How large the heap may grow before the process ends",
  from: "all",
  attributes: nothing,
});
const cpuTime = gauge({
  name: "process.cpu.utilization",
  unit: "1",
  description: "Processors that the process kept busy in the last ten seconds; 1 is one of them, wholly",
  from: "all",
  attributes: nothing,
});
const uptime = gauge({
  name: "process.uptime",
  unit: "s",
  description: "How long the process has run",
  from: "all",
  attributes: nothing,
});

const windowMs = 10_000;
const resolutionMs = 20;
const nanosPerSecond = 1e9;

/**
 * Follows the process itself. Delays are those of the last whole window, however many collectors look at them.
 *
 * @returns ends it
 */
export function measureProcess(): () => void {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  let window = readWindow(delay, performance.eventLoopUtilization(), process.cpuUsage(), performance.now());
  let [utilization, cpu, atMs] = [
    performance.eventLoopUtilization(),
    process.cpuUsage(),
    performance.now(),
  ] as const;
  const timer = setInterval(() => {
    window = readWindow(delay, utilization, cpu, atMs);
    [utilization, cpu, atMs] = [performance.eventLoopUtilization(), process.cpuUsage(), performance.now()];
    delay.reset();
  }, windowMs);
  timer.unref();
  statistics.forEach((statistic, i) => {
    eventLoopDelays[i]?.observe(() => just(window.delays[statistic]));
  });
  eventLoopUtilization.observe(() => just(window.utilization));
  cpuTime.observe(() => just(window.processors));
  memoryUsage.observe(() => just(process.memoryUsage.rss()));
  heapUsed.observe(() => just(getHeapStatistics().used_heap_size));
  heapLimit.observe(() => just(getHeapStatistics().heap_size_limit));
  uptime.observe(() => just(process.uptime()));
  return () => {
    clearInterval(timer);
    delay.disable();
  };
}

interface ProcessWindow {
  readonly delays: Readonly<Record<(typeof statistics)[number], number>>;
  readonly utilization: number;
  readonly processors: number;
}

function readWindow(
  delay: ReturnType<typeof monitorEventLoopDelay>,
  utilization: EventLoopUtilization,
  cpu: NodeJS.CpuUsage,
  sinceMs: number,
): ProcessWindow {
  const { user, system } = process.cpuUsage(cpu);
  const tookMs = performance.now() - sinceMs;
  const hasAny = delay.count > 0;
  // What is measured is from one firing of a timer to the next.
  const secondsOf = (nanos: number) =>
    hasAny ? Math.max(0, nanos / nanosPerSecond - resolutionMs / 1_000) : 0;
  return {
    delays: {
      min: secondsOf(delay.min),
      mean: secondsOf(delay.mean),
      p50: secondsOf(delay.percentile(50)),
      p90: secondsOf(delay.percentile(90)),
      p99: secondsOf(delay.percentile(99)),
      max: secondsOf(delay.max),
    },
    utilization: performance.eventLoopUtilization(utilization).utilization,
    processors: tookMs > 0 ? (user + system) / 1_000 / tookMs : 0,
  };
}
