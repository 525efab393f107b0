import { availableParallelism } from "node:os";
import pg from "pg";
import { MillraceClient } from "../../test/support/millrace-client.ts";
import { type BenchStack, startBenchStack } from "../harness/bench-stack.ts";
import { createMailboxes } from "../harness/create-mailboxes.ts";
import { type BenchAccount, insertAccounts } from "../harness/insert-accounts.ts";
import { busyShare, machineUse } from "../harness/machine-use.ts";
import { processorUse, totalOf, usedSince } from "../harness/processor-use.ts";
import { type Simulator, startSimulator } from "../harness/start-simulator.ts";
import { median, rounded } from "../harness/statistics.ts";
import { countStored, untilCompleted } from "../harness/sync-views.ts";
import type { Figures, Suite, SuiteContext } from "./suite.ts";

const latencyMs = 100;
/** A fetcher that waits for its provider nearly all the time, so that eight of them do not fill two cores. */
const fetcherEnv = { FETCHER_BULK_SLOTS: "1", FETCHER_LIVE_SLOTS: "1", GMAIL_BATCH_SIZE: "5" };
/** Short enough that a run's end, where some fetchers have nothing left to do, weighs little. */
const chunkSize = 50;
const accountsPerFetcher = 4;
const caseMsMax = 300_000;

interface Case {
  readonly messagesPerSecond: number;
  /** Of all cores, by all processes of the bench: the simulator as well. */
  readonly cpuShare: number;
  /** Of all cores, by whatever runs on the machine. */
  readonly machineShare: number;
}

/** Full syncs with more and more copies of the fetcher, each slow because its provider is, and each with the same work. */
export const scale: Suite = {
  name: "scale",
  about: "messages stored a second with 1, 2, 4 and 8 fetchers at a provider that takes 100 ms a call",
  async run(context: SuiteContext): Promise<Figures> {
    const simulator = await startSimulator(["--latency-ms", String(latencyMs)]);
    const stack = await startBenchStack(simulator.url);
    const database = new pg.Pool({ connectionString: stack.databaseUrl, max: 2 });
    try {
      for (const name of ["sync-api", "chunker"] as const) await stack.start(name);
      return await new ScaleWorld(stack, simulator, database).measure(context);
    } finally {
      await database.end();
      await stack.stop();
      await simulator.stop();
    }
  },
  failures: ({ speedupOfTwo }) =>
    Number(speedupOfTwo) >= 1.2 ? [] : [`two fetchers are ${speedupOfTwo} times as fast as one`],
};

class ScaleWorld {
  readonly #stack: BenchStack;
  readonly #simulator: Simulator;
  readonly #database: pg.Pool;
  #made = 0;
  #fetchers = 0;

  constructor(stack: BenchStack, simulator: Simulator, database: pg.Pool) {
    this.#stack = stack;
    this.#simulator = simulator;
    this.#database = database;
  }

  async measure({ short, say }: SuiteContext): Promise<Figures> {
    const counts = short ? [1, 2] : [1, 2, 4, 8];
    const perMailbox = short ? 150 : 500;
    const rounds = short ? 1 : 2;
    const cases = new Map<number, Case[]>(counts.map((count) => [count, []]));
    for (const count of counts) {
      await this.#fetchersAre(count);
      await this.#sync(count, 40); // warm
      for (let round = 1; round <= rounds; round++) {
        const one = await this.#sync(count, perMailbox);
        cases.get(count)?.push(one);
        say(
          `fetchers: ${count}, round ${round} of ${rounds}: ${Math.round(one.messagesPerSecond)} messages/s with ${rounded(100 * one.cpuShare)} % of the cores, ${rounded(100 * one.machineShare)} % with everybody else`,
        );
      }
    }
    return figuresOf(cases, accountsPerFetcher * perMailbox);
  }

  async #fetchersAre(count: number): Promise<void> {
    for (; this.#fetchers < count; this.#fetchers++) await this.#stack.start("fetcher", fetcherEnv);
  }

  /** As much work for each fetcher, however many there are, so that its ends weigh the same. */
  async #sync(fetchers: number, perMailbox: number): Promise<Case> {
    const accounts = await this.#accounts(fetchers * accountsPerFetcher, perMailbox);
    const ids = accounts.map(({ accountId }) => accountId);
    const client = new MillraceClient(this.#stack.apiUrl(), this.#stack.apiKey);
    const [before, machineBefore] = [processorUse(this.#stack, this.#simulator), machineUse()];
    const beganMs = performance.now();
    await Promise.all(ids.map((id) => client.requestSync(id, { chunkSize })));
    await untilCompleted(this.#database, ids, caseMsMax);
    const seconds = (performance.now() - beganMs) / 1_000;
    const used = usedSince(before, processorUse(this.#stack, this.#simulator));
    const machineShare = busyShare(machineBefore, machineUse());
    const messages = ids.length * perMailbox;
    const stored = await countStored(this.#database, ids);
    if (stored !== messages) throw new Error(`${stored} messages are stored, of ${messages}`);
    return {
      messagesPerSecond: messages / seconds,
      cpuShare: totalOf(used) / seconds / availableParallelism(),
      machineShare,
    };
  }

  async #accounts(count: number, perMailbox: number): Promise<readonly BenchAccount[]> {
    const emails = Array.from({ length: count }, () => `s${this.#made++}@bench.test`);
    await createMailboxes(this.#simulator.url, emails, perMailbox);
    const mailboxes = emails.map((email) => ({ tenantId: "bench", email }));
    return insertAccounts(this.#database, this.#stack.encryptionKeys, mailboxes, "metadata");
  }
}

function figuresOf(cases: ReadonlyMap<number, readonly Case[]>, messagesPerFetcher: number): Figures {
  const rateOf = (count: number): number =>
    median((cases.get(count) ?? []).map(({ messagesPerSecond }) => messagesPerSecond));
  const most = Math.max(...cases.keys());
  const speedupOf = (count: number): number => rounded(rateOf(count) / rateOf(1));
  return {
    speedup: speedupOf(most),
    fetchersMost: most,
    speedupOfTwo: speedupOf(2),
    cases: [...cases].map(([fetchers, rounds]) => ({
      fetchers,
      messagesPerSecond: rounded(rateOf(fetchers)),
      toLinear: rounded(rateOf(fetchers) / rateOf(1) / fetchers),
      cpuShare: rounded(median(rounds.map(({ cpuShare }) => cpuShare))),
      machineShare: rounded(median(rounds.map(({ machineShare }) => machineShare))),
      rounds: { messagesPerSecond: rounds.map(({ messagesPerSecond }) => rounded(messagesPerSecond)) },
    })),
    messagesPerFetcher,
  };
}
