import { SimulatorControl } from "@millrace/gmail-simulator/control/simulator-control";
import pg from "pg";
import { MillraceClient } from "../../test/support/millrace-client.ts";
import { type BenchStack, startBenchStack } from "../harness/bench-stack.ts";
import { peakMib } from "../harness/peak-memory.ts";
import { processorUse, totalOf, usedSince } from "../harness/processor-use.ts";
import { type Simulator, startSimulator } from "../harness/start-simulator.ts";
import { startTraceSink, type TraceSink } from "../harness/start-trace-sink.ts";
import { median, rounded } from "../harness/statistics.ts";
import { countStored, untilCompleted } from "../harness/sync-views.ts";
import type { Figures, Suite, SuiteContext } from "./suite.ts";

const accountCount = 50;
const roundMsMax = 600_000;
const serviceNames = ["sync-api", "chunker", "fetcher"] as const;
/** Sampled is what the environment says, or nothing is traced at all. */
type Sampled = "off" | "0.1" | "1";
const sampledInShort: readonly Sampled[] = ["off", "0.1"];
const sampledInFull: readonly Sampled[] = ["off", "0.1", "1"];

interface Round {
  readonly messagesPerSecond: number;
  readonly cpuSecondsPer1000: number;
  readonly mebibytes: number;
}

/**
 * Full syncs of 50 mailboxes with tracing off, with a tenth of the traces sampled, and with all of them: by turns on the same
 * servers, each time with services that were started anew.
 */
export const tracing: Suite = {
  name: "tracing",
  about: "what tracing costs: throughput, processor time and memory with it, as parts of those without",
  async run({ short, say }: SuiteContext): Promise<Figures> {
    const perMailbox = short ? 100 : 500;
    const variants = short ? sampledInShort : sampledInFull;
    const world = await openWorld();
    const rounds = new Map<Sampled, Round[]>(variants.map((sampled) => [sampled, []]));
    try {
      for (let n = 0; n < (short ? 1 : 5); n++) {
        // Whoever comes first has a warmer or a colder machine: they take turns at that, too.
        for (const sampled of n % 2 === 0 ? variants : variants.toReversed()) {
          const round = await world.measure(sampled, perMailbox);
          rounds.get(sampled)?.push(round);
          say(
            `round ${n + 1}, sampled ${sampled}: ${Math.round(round.messagesPerSecond)} messages/s, ` +
              `${rounded(round.cpuSecondsPer1000)} s per 1,000, ${Math.round(round.mebibytes)} MiB`,
          );
        }
      }
    } finally {
      await world.close();
    }
    return { ...figuresOf(rounds), messages: accountCount * perMailbox, tracedBytes: world.sink.bytes() };
  },
  failures: ({ ratio, tracedBytes }) => [
    ...(Number(tracedBytes) > 0 ? [] : ["no trace was sent"]),
    ...(Number(ratio) >= 0.8 ? [] : [`ratio ${ratio} is below 0.8`]), // one round on a busy machine spreads widely
  ],
};

function figuresOf(rounds: ReadonlyMap<Sampled, readonly Round[]>): Figures {
  const of = (sampled: Sampled, figure: keyof Round) =>
    (rounds.get(sampled) ?? []).map((round) => round[figure]);
  const relative = (sampled: Sampled, figure: keyof Round) =>
    of(sampled, figure).map((value, n) => rounded(value / (of("off", figure)[n] ?? Number.NaN)));
  const ratios = relative("0.1", "messagesPerSecond");
  const all = rounds.has("1")
    ? {
        ratioOfAll: median(relative("1", "messagesPerSecond")),
        cpuRatioOfAll: median(relative("1", "cpuSecondsPer1000")),
      }
    : {};
  return {
    ratio: median(ratios),
    cpuRatio: median(relative("0.1", "cpuSecondsPer1000")),
    ...all,
    messagesPerSecond: rounded(median(of("0.1", "messagesPerSecond"))),
    messagesPerSecondOff: rounded(median(of("off", "messagesPerSecond"))),
    cpuSecondsPer1000: rounded(median(of("0.1", "cpuSecondsPer1000"))),
    cpuSecondsPer1000Off: rounded(median(of("off", "cpuSecondsPer1000"))),
    mebibytes: Math.round(median(of("0.1", "mebibytes"))),
    mebibytesOff: Math.round(median(of("off", "mebibytes"))),
    rounds: { ratio: ratios, cpuRatio: relative("0.1", "cpuSecondsPer1000") },
  };
}

interface World {
  readonly sink: TraceSink;
  measure(sampled: Sampled, perMailbox: number): Promise<Round>;
  close(): Promise<void>;
}

async function openWorld(): Promise<World> {
  const simulator = await startSimulator();
  const stack = await startBenchStack(simulator.url);
  const sink = await startTraceSink();
  const database = new pg.Pool({ connectionString: stack.databaseUrl, max: 2 });
  let made = 0;
  return {
    sink,
    async measure(sampled, perMailbox) {
      const env = envOf(sampled, sink);
      const services = [];
      for (const name of serviceNames) services.push(await stack.start(name, env));
      const make = (count: number) => makeMailboxes(stack, simulator, `${made++}`, count);
      await syncAll(stack, database, await make(20)); // warm: code compiled, statements prepared
      const round = await measureRound(stack, simulator, database, await make(perMailbox), perMailbox);
      const mebibytes = services.reduce((sum, { pid }) => sum + peakMib(pid), 0);
      await Promise.all(services.map((service) => service.stop("SIGTERM", 10_000)));
      return { ...round, mebibytes };
    },
    async close() {
      await database.end();
      await stack.stop();
      await sink.stop();
      await simulator.stop();
    },
  };
}

const envOf = (sampled: Sampled, sink: TraceSink): Readonly<Record<string, string>> =>
  sampled === "off"
    ? {}
    : {
        OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
        OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
        OTEL_TRACES_SAMPLER_ARG: sampled,
      };

/** Mailboxes of their own, connected, and no mail of them stored. */
async function makeMailboxes(
  stack: BenchStack,
  simulator: Simulator,
  mark: string,
  perMailbox: number,
): Promise<string[]> {
  const control = new SimulatorControl(simulator.url);
  const client = new MillraceClient(stack.apiUrl(), stack.apiKey);
  const accountIds: string[] = [];
  for (let n = 0; n < accountCount; n++) {
    const email = `m${mark}-${n}@bench.test`;
    await control.createMailbox({ email, generate: perMailbox });
    accountIds.push(await client.connectAccount(email));
  }
  return accountIds;
}

async function syncAll(stack: BenchStack, database: pg.Pool, accountIds: readonly string[]): Promise<void> {
  const client = new MillraceClient(stack.apiUrl(), stack.apiKey);
  await Promise.all(accountIds.map((accountId) => client.requestSync(accountId)));
  await untilCompleted(database, accountIds, roundMsMax);
}

async function measureRound(
  stack: BenchStack,
  simulator: Simulator,
  database: pg.Pool,
  accountIds: readonly string[],
  perMailbox: number,
): Promise<Omit<Round, "mebibytes">> {
  await database.query("checkpoint");
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const [before, beganMs] = [processorUse(stack, simulator), performance.now()];
  await syncAll(stack, database, accountIds);
  const seconds = (performance.now() - beganMs) / 1_000;
  const used = usedSince(before, processorUse(stack, simulator));
  const messages = accountIds.length * perMailbox;
  const stored = await countStored(database, accountIds);
  if (stored !== messages) throw new Error(`${stored} messages are stored`);
  const cpuSeconds = totalOf(used, ["postgres", "nats", ...serviceNames]);
  return { messagesPerSecond: messages / seconds, cpuSecondsPer1000: (1_000 * cpuSeconds) / messages };
}
