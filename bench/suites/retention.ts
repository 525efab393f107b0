import { SimulatorControl } from "@millrace/gmail-simulator/control/simulator-control";
import pg from "pg";
import { MillraceClient } from "../../test/support/millrace-client.ts";
import { type BenchStack, startBenchStack } from "../harness/bench-stack.ts";
import { processorUse, totalOf, usedSince } from "../harness/processor-use.ts";
import { type Simulator, startSimulator } from "../harness/start-simulator.ts";
import { median, rounded } from "../harness/statistics.ts";
import { countStored, untilCompleted } from "../harness/sync-views.ts";
import { countLeft, dueRows, type OldRows, seedOldRows } from "../retention/seed-old-rows.ts";
import type { Figures, Suite, SuiteContext } from "./suite.ts";

const accountCount = 50;
const roundMsMax = 600_000;
/** What is left after the syncs is watched for so long: it must go, on a slow machine not to the last row. */
const restMsMax = 120_000;
const stopGraceMs = 15_000;
/** The goal is 0.9; what a busy machine does to two pairs of rounds is more than that. */
const shortRatioMin = 0.6;

const parts = ["postgres", "nats", "sync-api", "chunker", "fetcher", "janitor"] as const;

interface Size {
  readonly old: OldRows;
  readonly perMailbox: number;
  readonly pairs: number;
}

const full: Size = {
  old: {
    syncs: 40_000,
    messages: 20_000,
    auditEntries: 100_000,
    notes: 70_000,
    deliveries: 30_000,
    tombstones: 20_000,
  },
  perMailbox: 100,
  pairs: 5,
};
const short: Size = {
  old: {
    syncs: 1_500,
    messages: 5_000,
    auditEntries: 20_000,
    notes: 20_000,
    deliveries: 5_000,
    tombstones: 5_000,
  },
  perMailbox: 40,
  pairs: 2,
};

interface Round {
  readonly messagesPerSecond: number;
  readonly cpuSecondsPer1000: number;
  /** Rows that went while it ran. */
  readonly removed: number;
  readonly seconds: number;
}

/**
 * Full syncs of 50 mailboxes, by turns with and without a janitor that has a million rows to remove; which of a pair comes
 * first changes. The syncs are over before the rows are.
 */
export const retention: Suite = {
  name: "retention",
  about:
    "what a clean-up of a million rows costs a sync beside it: messages a second with and without, in pairs",
  async run({ short: isShort, say }: SuiteContext): Promise<Figures> {
    const simulator = await startSimulator();
    const stack = await startBenchStack(simulator.url, { RETENTION_SECONDS: "1" });
    const world = new RetentionWorld(stack, simulator);
    try {
      return await world.measure(isShort ? short : full, say);
    } finally {
      await world.close();
      await stack.stop();
      await simulator.stop();
    }
  },
  failures: ({ ratio, removedBeside, leftBeside, left }) => [
    ...(Number(ratio) >= shortRatioMin ? [] : [`a ratio of ${ratio} is below ${shortRatioMin}`]),
    ...(Number(removedBeside) > 0 ? [] : ["nothing was removed beside the syncs"]),
    ...(Number(left) < Number(leftBeside) ? [] : ["nothing was removed after the syncs"]),
  ],
};

class RetentionWorld {
  readonly #stack: BenchStack;
  readonly #simulator: Simulator;
  readonly #database: pg.Pool;
  #made = 0;

  constructor(stack: BenchStack, simulator: Simulator) {
    this.#stack = stack;
    this.#simulator = simulator;
    this.#database = new pg.Pool({ connectionString: stack.databaseUrl, max: 2 });
  }

  close(): Promise<void> {
    return this.#database.end();
  }

  async measure({ old, perMailbox, pairs }: Size, say: SuiteContext["say"]): Promise<Figures> {
    for (const name of ["sync-api", "chunker", "fetcher"] as const) await this.#stack.start(name);
    await seedOldRows(this.#database, old);
    say(`${dueRows(old)} rows are due`);
    await this.#sync(10, false); // warm: code compiled, statements prepared, connections open
    const [beside, alone]: [Round[], Round[]] = [[], []];
    for (let pair = 0; pair < pairs; pair++) {
      for (const isBeside of pair % 2 === 0 ? [true, false] : [false, true])
        (isBeside ? beside : alone).push(await this.#sync(perMailbox, isBeside));
      say(
        `pair ${pair + 1} of ${pairs}: ${describe(beside[pair])} beside it, ${describe(alone[pair])} alone`,
      );
    }
    const leftBeside = await countLeft(this.#database);
    if (leftBeside === 0)
      throw new Error("The rows were gone before the syncs were done: this has not measured it");
    const rest = await this.#removeRest(say);
    return figuresOf(beside, alone, { dueRows: dueRows(old), leftBeside, ...rest });
  }

  /** Syncs mailboxes that nobody has copied yet. */
  async #sync(perMailbox: number, isBeside: boolean): Promise<Round> {
    const ids = await this.#connect(perMailbox);
    await this.#database.query("checkpoint");
    const before = await countLeft(this.#database);
    const janitor = isBeside ? await this.#stack.start("janitor") : null; // its start is not what is measured
    const [used, beganMs] = [processorUse(this.#stack, this.#simulator), performance.now()];
    const client = new MillraceClient(this.#stack.apiUrl(), this.#stack.apiKey);
    await Promise.all(ids.map((id) => client.requestSync(id)));
    await untilCompleted(this.#database, ids, roundMsMax);
    const seconds = (performance.now() - beganMs) / 1_000;
    const cpuSeconds = totalOf(usedSince(used, processorUse(this.#stack, this.#simulator)), parts);
    const messages = ids.length * perMailbox;
    const stored = await countStored(this.#database, ids);
    if (stored !== messages) throw new Error(`${stored} messages are stored`);
    const removed = before - (await countLeft(this.#database));
    await janitor?.stop("SIGTERM", stopGraceMs);
    return {
      messagesPerSecond: messages / seconds,
      cpuSecondsPer1000: (1_000 * cpuSeconds) / messages,
      removed,
      seconds,
    };
  }

  async #connect(perMailbox: number): Promise<string[]> {
    const control = new SimulatorControl(this.#simulator.url);
    const client = new MillraceClient(this.#stack.apiUrl(), this.#stack.apiKey);
    const ids: string[] = [];
    for (let n = 0; n < accountCount; n++) {
      const email = `m${this.#made++}@bench.test`;
      await control.createMailbox({ email, generate: perMailbox });
      ids.push(await client.connectAccount(email));
    }
    return ids;
  }

  /** With nothing beside it. */
  async #removeRest(say: SuiteContext["say"]): Promise<{ left: number; restSeconds: number }> {
    const beganMs = performance.now();
    const janitor = await this.#stack.start("janitor");
    let left = await countLeft(this.#database);
    while (left > 0 && performance.now() - beganMs < restMsMax) {
      say(`${left} rows are left`);
      await new Promise((resolve) => setTimeout(resolve, 10_000));
      left = await countLeft(this.#database);
    }
    await janitor.stop("SIGTERM", stopGraceMs);
    return { left, restSeconds: rounded((performance.now() - beganMs) / 1_000) };
  }
}

const describe = (round: Round | undefined): string =>
  `${Math.round(round?.messagesPerSecond ?? 0)} messages/s with ${rounded(round?.cpuSecondsPer1000 ?? 0)} s per 1,000` +
  (round?.removed ? ` and ${Math.round(round.removed / round.seconds)} rows/s` : "");

function figuresOf(beside: readonly Round[], alone: readonly Round[], more: Figures): Figures {
  const of = (list: readonly Round[], figure: keyof Round) => list.map((round) => rounded(round[figure]));
  const ratioOf = (figure: "messagesPerSecond" | "cpuSecondsPer1000") =>
    beside.map((round, i) => rounded(round[figure] / (alone[i]?.[figure] ?? 1)));
  const removed = beside.reduce((sum, round) => sum + round.removed, 0);
  const seconds = beside.reduce((sum, round) => sum + round.seconds, 0);
  return {
    ratio: median(ratioOf("messagesPerSecond")),
    cpuRatio: median(ratioOf("cpuSecondsPer1000")),
    messagesPerSecond: median(of(alone, "messagesPerSecond")),
    messagesPerSecondBeside: median(of(beside, "messagesPerSecond")),
    removedBeside: removed,
    removedPerSecondBeside: rounded(removed / seconds),
    ...more,
    rounds: { ratio: ratioOf("messagesPerSecond"), cpuRatio: ratioOf("cpuSecondsPer1000") },
  };
}
