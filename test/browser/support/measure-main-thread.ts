import { randomUUID } from "node:crypto";
import type { Browser, Page } from "playwright-core";

export interface MainThread {
  /** Processor time of all tasks, in milliseconds. */
  readonly busyMs: number;
  /** What tasks took beyond 50 ms each: so long a click has waited. */
  readonly blockedMs: number;
  readonly longestMs: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Processor time of the thread, in microseconds. */
  readonly tdur?: number;
}

const longTaskMs = 50;

/**
 * What the main thread of a page does meanwhile, in its own processor time: a machine that does other things as well makes
 * pages slow, and changes little of this.
 */
export async function measureMainThread(
  browser: Browser,
  page: Page,
  work: () => Promise<void>,
): Promise<MainThread> {
  const session = await browser.newBrowserCDPSession();
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: ["toplevel", "blink.user_timing"] },
  });
  await work();
  // Every page has a process of its own, and so has what the browser shows by itself: the mark says which is the page's.
  const mark = `mark-${randomUUID()}`;
  await page.evaluate(`performance.mark("${mark}")`);
  const complete = new Promise<void>((resolve) => session.once("Tracing.tracingComplete", () => resolve()));
  await session.send("Tracing.end");
  await complete;
  await session.detach();
  const thread = events.find(({ name }) => name === mark);
  if (thread === undefined) throw new Error("The trace does not have the page's mark.");
  const tasks = events
    .filter(
      ({ name, ph, pid, tid }) =>
        ph === "X" && name.endsWith("RunTask") && pid === thread.pid && tid === thread.tid,
    )
    .map(({ tdur = 0 }) => tdur / 1_000);
  return {
    busyMs: sum(tasks),
    blockedMs: sum(tasks.map((ms) => Math.max(0, ms - longTaskMs))),
    longestMs: Math.max(0, ...tasks),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
