import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServerProcess } from "@millrace/infra/process/server-process";
import { connectNats } from "@millrace/shared/nats/connect-nats";
import { createLogger } from "@millrace/shared/runtime/create-logger";
import pg from "pg";
import { MillraceClient } from "../../test/support/millrace-client.ts";
import { type BenchStack, startBenchStack } from "../harness/bench-stack.ts";
import { busyShare, machineUse } from "../harness/machine-use.ts";
import { processorUse, totalOf, usedSince } from "../harness/processor-use.ts";
import { type Simulator, startSimulator } from "../harness/start-simulator.ts";
import { quantile, rounded } from "../harness/statistics.ts";
import { startBigSync } from "./big-mailbox.ts";
import { jainOverEquals } from "./jain-over-equals.ts";
import { SmallTenants } from "./small-tenants.ts";
import type { Figures, Suite, SuiteContext } from "./suite.ts";

const latencyMs = 150;
/** Four calls a chunk: the provider is what is shared, and not the machine. */
const fetcherEnv = { GMAIL_BATCH_SIZE: "25" };
const smallMessages = 150;
const defaultWindow = 4;
/** What a cancelled sync has in the queue is void, and passed over by then. */
const restMs = 2_000;

interface Size {
  readonly tenants: number;
  readonly gapMs: number;
  readonly bigMessages: number;
  /** Chunks of the big mailbox that are in the queue before the others, where the first that comes is served first. */
  readonly fifoChunks: number;
  /** Chunks are small here, so that a mailbox is many windows long: within one, who comes first has more. */
  readonly equals: { readonly tenants: number; readonly messages: number; readonly chunkSize: number };
}

const full: Size = {
  tenants: 200,
  gapMs: 500,
  bigMessages: 1_000_000,
  fifoChunks: 1_000,
  equals: { tenants: 20, messages: 2_000, chunkSize: 20 },
};
const short: Size = {
  tenants: 20,
  gapMs: 300,
  bigMessages: 20_000,
  fifoChunks: 40,
  equals: { tenants: 6, messages: 250, chunkSize: 5 },
};

interface Phase {
  /** Of each small tenant, from its request to its completed sync. */
  readonly seconds: readonly number[];
  readonly cpuShare: number;
  readonly machineShare: number;
}

/** How long small tenants wait because of a large one, against themselves alone and against a queue without windows. */
export const fairness: Suite = {
  name: "fairness",
  about:
    "small tenants beside a mailbox of 1,000,000 messages, alone, and behind it; Jain's index over equals",
  async run(context: SuiteContext): Promise<Figures> {
    const simulator = await startSimulator(["--latency-ms", String(latencyMs)]);
    const stack = await startBenchStack(simulator.url);
    const database = new pg.Pool({ connectionString: stack.databaseUrl, max: 4 });
    const nats = await connectNats(stack.broker, "bench", createLogger("bench", "warn"));
    try {
      await stack.start("sync-api");
      await stack.start("fetcher", fetcherEnv);
      const place = { database, nats, gmailUrl: simulator.url, encryptionKeys: stack.encryptionKeys };
      const client = new MillraceClient(stack.apiUrl(), stack.apiKey);
      const world = new FairnessWorld(context, stack, simulator, { ...place, client });
      return await world.measure();
    } finally {
      await nats.connection.close();
      await database.end();
      await stack.stop();
      await simulator.stop();
    }
  },
  failures: ({ slowdownP50, jain }) => [
    ...(Number(slowdownP50) <= 3
      ? []
      : [`a small tenant takes ${slowdownP50} times as long beside a big one`]),
    ...(Number(jain) >= 0.9 ? [] : [`Jain's index over equals is ${jain}`]),
  ],
};

type Place = ConstructorParameters<typeof SmallTenants>[0] & { readonly client: MillraceClient };

class FairnessWorld {
  readonly #size: Size;
  readonly #say: SuiteContext["say"];
  readonly #stack: BenchStack;
  readonly #simulator: Simulator;
  readonly #place: Place;
  readonly #smalls: SmallTenants;
  #chunker: ServerProcess | null = null;

  constructor({ short: isShort, say }: SuiteContext, stack: BenchStack, simulator: Simulator, place: Place) {
    this.#size = isShort ? short : full;
    this.#say = say;
    this.#stack = stack;
    this.#simulator = simulator;
    this.#place = place;
    this.#smalls = new SmallTenants(place);
  }

  async measure(): Promise<Figures> {
    const { tenants, bigMessages, fifoChunks, gapMs, equals } = this.#size;
    await this.#windowIs(defaultWindow);
    await this.#smalls.secondsTaken(await this.#smalls.ask(6, smallMessages, 100)); // warm
    const alone = await this.#phase("alone");
    const beside = await this.#beside("beside", defaultWindow);
    const jains = await jainOverEquals(this.#smalls, equals);
    this.#say(`Jain's index over ${equals.tenants} equals: ${rounded(meanOf(jains))}`);
    await this.#windowIs(fifoChunks);
    const behind = await this.#beside("behind", fifoChunks);
    const slowdowns = slowdownsOf(beside, alone);
    const fifoSlowdowns = slowdownsOf(behind, alone);
    return {
      slowdownP50: rounded(quantile(slowdowns, 0.5)),
      slowdownP95: rounded(quantile(slowdowns, 0.95)),
      jain: rounded(meanOf(jains)),
      fifoSlowdownP50: rounded(quantile(fifoSlowdowns, 0.5)),
      fifoSlowdownP95: rounded(quantile(fifoSlowdowns, 0.95)),
      spread: { slowdown: range(slowdowns), fifoSlowdown: range(fifoSlowdowns), jain: range(jains) },
      phases: { alone: figuresOf(alone), beside: figuresOf(beside), behind: figuresOf(behind) },
      tenants,
      gapMs,
      smallMessages,
      bigMessages,
      fifoChunks,
      equals: { ...equals, samples: jains.length },
    };
  }

  /** A chunker of its own for each window: it is the service's default that a sync takes. */
  async #windowIs(chunks: number): Promise<void> {
    await this.#chunker?.stop("SIGTERM", 10_000);
    this.#chunker = await this.#stack.start("chunker", { WINDOW_CHUNKS: String(chunks) });
  }

  /** The small tenants while the big mailbox is synced, which has a window's worth of work in the queue before them. */
  async #beside(name: string, queuedChunks: number): Promise<Phase> {
    const { bigMessages } = this.#size;
    const big = await startBigSync(this.#place, {
      email: `${name}@big.test`,
      messages: bigMessages,
      queuedChunks: queuedChunks - 1,
    });
    const phase = await this.#phase(name);
    await big.cancel();
    await sleep(restMs);
    return phase;
  }

  async #phase(name: string): Promise<Phase> {
    const { tenants, gapMs } = this.#size;
    const [before, machineBefore] = [processorUse(this.#stack, this.#simulator), machineUse()];
    const beganMs = performance.now();
    const asked = await this.#smalls.ask(tenants, smallMessages, gapMs);
    const seconds = await this.#smalls.secondsTaken(asked);
    const elapsedSeconds = (performance.now() - beganMs) / 1_000;
    const used = usedSince(before, processorUse(this.#stack, this.#simulator));
    const phase: Phase = {
      seconds,
      cpuShare: totalOf(used) / elapsedSeconds / availableParallelism(),
      machineShare: busyShare(machineBefore, machineUse()),
    };
    this.#say(`${name}: ${JSON.stringify(figuresOf(phase))}`);
    return phase;
  }
}

const slowdownsOf = (phase: Phase, alone: Phase): readonly number[] =>
  phase.seconds.map((seconds, tenant) => seconds / (alone.seconds[tenant] ?? Number.NaN));

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const range = (values: readonly number[]): Figures => ({
  least: rounded(Math.min(...values)),
  most: rounded(Math.max(...values)),
});

const figuresOf = ({ seconds, cpuShare, machineShare }: Phase): Figures => ({
  secondsP50: rounded(quantile(seconds, 0.5)),
  secondsP95: rounded(quantile(seconds, 0.95)),
  cpuShare: rounded(cpuShare),
  machineShare: rounded(machineShare),
});
