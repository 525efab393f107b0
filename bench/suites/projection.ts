import { connectNats, type Nats } from "@millrace/shared/nats/connect-nats";
import { ensureTopology } from "@millrace/shared/nats/ensure-topology";
import { EventLog } from "@millrace/shared/nats/event-log";
import {
  createOwnerPool,
  createPool,
  type OwnerPool,
  type SweepingPool,
} from "@millrace/shared/postgres/create-pool";
import { migrate } from "@millrace/shared/postgres/migrate";
import { createLogger } from "@millrace/shared/runtime/create-logger";
import { type BenchStack, logMebibytes, startBenchStack } from "../harness/bench-stack.ts";
import { rounded } from "../harness/statistics.ts";
import { appendHistory } from "../projection/append-history.ts";
import { countViews } from "../projection/count-views.ts";
import { fillAuditTrail } from "../projection/fill-audit-trail.ts";
import { MailHistory } from "../projection/mail-history.ts";
import { measureCatchUp } from "../projection/measure-catch-up.ts";
import { type Load, measureLag } from "../projection/measure-lag.ts";
import { measureRebuild } from "../projection/measure-rebuild.ts";
import { ProgressWatch } from "../projection/progress-watch.ts";
import type { Figures, Suite, SuiteContext } from "./suite.ts";

const nowhere = "http://127.0.0.1:9";
const stopGraceMs = 10_000;
const sayEveryMs = 10_000;

interface Size {
  readonly events: number;
  readonly load: Load;
  readonly rebuildEvents: number;
}

const full: Size = { events: 200_000, load: { perSecond: 500, seconds: 30 }, rebuildEvents: 1_000_000 };
const short: Size = { events: 5_000, load: { perSecond: 100, seconds: 5 }, rebuildEvents: 20_000 };

/**
 * How fast facts become views: a full log that a projector meets, a steady rate that it follows, and the rebuild of all
 * views from the audit trail. sync-api is the real one; the facts are those of generated syncs.
 */
export const projection: Suite = {
  name: "projection",
  about: "events projected a second, lag behind the log under a steady load, and the rebuild of the views",
  async run(context: SuiteContext): Promise<Figures> {
    const stack = await startBenchStack(nowhere);
    const world = new ProjectionWorld(stack);
    try {
      return await world.measure(context);
    } finally {
      await world.close();
      await stack.stop();
    }
  },
  failures: ({ wrongCounts, rebuildDifferences, rebuildEvents, storedEvents, rebuildUnreadable }) => [
    ...(wrongCounts === "" ? [] : [`the views are wrong: ${wrongCounts}`]),
    ...(rebuildDifferences === 0 ? [] : [`${rebuildDifferences} rebuilt rows are not what they were`]),
    ...(rebuildEvents === storedEvents && rebuildUnreadable === 0
      ? []
      : [`${rebuildEvents} of ${storedEvents} events were rebuilt`]),
  ],
};

class ProjectionWorld {
  readonly #stack: BenchStack;
  readonly #log = createLogger("bench", "warn");
  readonly #history = new MailHistory();
  readonly #owner: OwnerPool;
  /** The projector's. Opened once its role is there. */
  #pool: SweepingPool | null = null;
  #nats: Nats | null = null;
  #watch: ProgressWatch | null = null;

  constructor(stack: BenchStack) {
    this.#stack = stack;
    this.#owner = createOwnerPool(stack.databaseUrl, "bench", 2, this.#log);
  }

  async close(): Promise<void> {
    await this.#watch?.close();
    await this.#pool?.end();
    await this.#owner.end();
    await this.#nats?.connection.close();
  }

  async measure({ short: isShort, say }: SuiteContext): Promise<Figures> {
    const size = isShort ? short : full;
    await migrate(this.#stack.databaseUrl);
    const followed = await this.#follow(size, say);
    await this.#stack.processes.get("sync-api")?.at(-1)?.stop("SIGTERM", stopGraceMs);
    const wrongLive = await countViews(this.#owner, this.#history.tally);
    const filled = await this.#fill(size, say);
    const wrongStored = await countViews(this.#owner, this.#history.tally);
    const rebuilding = telling(say, size.rebuildEvents, "events are projected anew");
    const rebuilt = await measureRebuild(this.#owner, rebuilding);
    say(`rebuilt in ${rebuilt.rebuildSeconds} s`);
    return {
      ...followed,
      ...filled,
      ...rebuilt,
      events: size.events,
      storedEvents: size.rebuildEvents,
      wrongCounts: [wrongLive, wrongStored].filter((wrong) => wrong !== "").join("; "),
    };
  }

  /** sync-api meets a full log, and then a steady rate. */
  async #follow({ events, load }: Size, say: SuiteContext["say"]): Promise<Figures> {
    const { databaseUrl, broker } = this.#stack;
    const topology = { replicas: 1, logMebibytes, claimMs: 30_000 };
    const nats = await connectNats(broker, "bench", this.#log, topology);
    this.#nats = nats;
    await ensureTopology(nats);
    const watch = await ProgressWatch.open(databaseUrl);
    this.#watch = watch;
    const eventLog = new EventLog(nats, "bench");

    const appended = telling(say, events, "events are on the log");
    const lastSeq = await appendHistory(eventLog, this.#history, events, appended);
    say("sync-api starts");
    const projected = telling(say, events, "events are projected");
    const caughtUp = await measureCatchUp(this.#stack, watch, lastSeq, projected);
    say(`caught up with ${caughtUp.eventsPerSecond} events/s`);
    say(`${load.perSecond} events/s are appended for ${load.seconds} s`);
    const lag = await measureLag(eventLog, this.#history, watch, load);
    say(`they are seen after ${lag.lagP99Ms} ms at the 99th percentile`);
    return { ...caughtUp, ...lag };
  }

  /** @returns how fast the projector's transactions are one after the other, without the log and without decoding */
  async #fill({ rebuildEvents }: Size, say: SuiteContext["say"]): Promise<Figures> {
    const beganMs = performance.now();
    const events = rebuildEvents - this.#history.tally.events;
    const stored = telling(say, rebuildEvents, "events are stored");
    this.#pool ??= createPool(this.#stack.databaseUrl, "sync-api", 2, this.#log);
    await fillAuditTrail(this.#pool, this.#history, rebuildEvents, stored);
    return { appliedPerSecond: rounded((1_000 * events) / (performance.now() - beganMs)) };
  }
}

/** Says how far something is, but not all the time. */
function telling(say: SuiteContext["say"], of: number, what: string): (done: number) => void {
  let toldMs = performance.now();
  return (done) => {
    if (performance.now() - toldMs < sayEveryMs) return;
    toldMs = performance.now();
    say(`${done} of ${of} ${what}`);
  };
}
