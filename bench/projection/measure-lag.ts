import { setTimeout as sleep } from "node:timers/promises";
import type { EventLog } from "@millrace/shared/nats/event-log";
import { quantile, rounded } from "../harness/statistics.ts";
import type { Figures } from "../suites/suite.ts";
import { appendEvent } from "./append-history.ts";
import type { MailHistory } from "./mail-history.ts";
import type { Commit, ProgressWatch } from "./progress-watch.ts";

/** A projector that falls behind is a figure, not a failure. */
const seenMsMax = 300_000;
/** A disk that flushes more slowly than this loads it slows the load down; appends would fail for the wait. */
const unacknowledgedMax = 500;

export interface Load {
  readonly perSecond: number;
  readonly seconds: number;
}

/**
 * Appends events at a steady rate, whether or not those just before are acknowledged, to a log whose projector has
 * caught up.
 * An event's lag is the time from the broker's acknowledgement to the commit that shows it; 0 when it was seen first.
 */
export async function measureLag(
  log: EventLog,
  history: MailHistory,
  watch: ProgressWatch,
  { perSecond, seconds }: Load,
): Promise<Figures> {
  const commits: Commit[] = [];
  watch.onCommit((commit) => commits.push(commit));
  const events = perSecond * seconds;
  const appending: Promise<Acknowledged>[] = [];
  const beganMs = performance.now();
  for (let n = 0; n < events; n++) {
    await appending[n - unacknowledgedMax];
    const aheadMs = beganMs + (n * 1_000) / perSecond - performance.now();
    if (aheadMs > 1) await sleep(aheadMs);
    const appended = append(log, history);
    appended.catch(() => {}); // it is thrown below, when all are waited for
    appending.push(appended);
  }
  const tookSeconds = (performance.now() - beganMs) / 1_000;
  const acknowledged = await Promise.all(appending);
  const lastSeq = Math.max(...acknowledged.map(({ seq }) => seq));
  await watch.reached(lastSeq, seenMsMax);
  const lags = lagsOf(acknowledged, commits);
  const took = acknowledged.map(({ tookMs }) => tookMs);
  return {
    lagP50Ms: rounded(quantile(lags, 0.5)),
    lagP99Ms: rounded(quantile(lags, 0.99)),
    lagMaxMs: rounded(Math.max(...lags)),
    appendP50Ms: rounded(quantile(took, 0.5)),
    appendedPerSecond: rounded(events / tookSeconds),
    eventsPerBatchUnderLoad: rounded(events / commits.length),
  };
}

interface Acknowledged {
  readonly seq: number;
  readonly atMs: number;
  readonly tookMs: number;
}

async function append(log: EventLog, history: MailHistory): Promise<Acknowledged> {
  const sentMs = performance.now();
  const seq = await appendEvent(log, history.next());
  const atMs = performance.now();
  return { seq, atMs, tookMs: atMs - sentMs };
}

/** Both are in the order of their sequences. */
function lagsOf(acknowledged: readonly Acknowledged[], commits: readonly Commit[]): number[] {
  let next = 0;
  return acknowledged.map(({ seq, atMs }) => {
    while ((commits[next]?.seq ?? Number.POSITIVE_INFINITY) < seq) next++;
    const commit = commits[next];
    if (commit === undefined) throw new Error(`Nobody told of event ${seq}`);
    return Math.max(0, commit.atMs - atMs);
  });
}
