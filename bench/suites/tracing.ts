import { SimulatorControl } from "@millrace/gmail-simulator/control/simulator-control";
import pg from "pg";
import { MillraceClient } from "../../test/support/millrace-client.ts";
import { type BenchStack, startBenchStack } from "../harness/bench-stack.ts";
import { peakMib } from "../harness/peak-memory.ts";
import { processorUse, totalOf, usedSince } from "../harness/processor-use.ts";
import { type Simulator, startSimulator } from "../harness/start-simulator.ts";
import { startTraceSink } from "../harness/start-trace-sink.ts";
import { median, rounded } from "../harness/statistics.ts";
import { countCompleted, countStored } from "../harness/sync-views.ts";
import { until } from "../harness/until.ts";
import type { Figures, Suite, SuiteContext } from "./suite.ts";

const accountCount = 50;
const roundMsMax = 600_000;
const lookMs = 100;
const sampledPart = "0.1";
const serviceNames = ["sync-api", "chunker", "fetcher"] as const;

interface Round {
  /** Messages that were stored with tracing when all were stored somewhere, by those that were without. */
  readonly ratio: number;
  readonly cpuRatio: number;
  readonly cpuSecondsPer1000: number;
  readonly cpuSecondsPer1000Off: number;
}

/**
 * Full syncs of 50 mailboxes on two stacks at once, one of which traces a tenth: whatever else the machine does, it does to
 * both. How far each has got is compared when the first is through, because the other has the machine to itself from there.
 */
export const tracing: Suite = {
  name: "tracing",
  about:
    "what tracing a tenth costs: two stacks at once, with and without, compared in progress and processor time",
  async run({ short, say }: SuiteContext): Promise<Figures> {
    const perMailbox = short ? 100 : 400;
    const sink = await startTraceSink();
    const simulator = await startSimulator();
    const sides: Side[] = [];
    try {
      const traced = await openSide(simulator, {
        OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
        OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
        OTEL_TRACES_SAMPLER_ARG: sampledPart,
      });
      sides.push(traced);
      const plain = await openSide(simulator, {});
      sides.push(plain);
      await compare(traced, plain, 20); // warm: code compiled, statements prepared, connections open
      const rounds: Round[] = [];
      for (let n = 1; n <= (short ? 1 : 5); n++) {
        const round = await compare(traced, plain, perMailbox);
        rounds.push(round);
        say(
          `round ${n}: ${rounded(round.ratio)} as far, ${rounded(round.cpuRatio)} times the processor time`,
        );
      }
      const memory = { mebibytes: traced.mebibytes(), mebibytesOff: plain.mebibytes() };
      const messages = rounds.length * accountCount * perMailbox;
      return { ...figuresOf(rounds), ...memory, messages, tracedBytes: sink.bytes() };
    } finally {
      await Promise.all(sides.map((side) => side.close()));
      await simulator.stop();
      await sink.stop();
    }
  },
  // Of processor time: on a busy machine the ratio of one round says more about the machine.
  failures: ({ cpuRatio, tracedBytes }) => [
    ...(Number(tracedBytes) > 0 ? [] : ["no trace was sent"]),
    ...(Number(cpuRatio) <= 1.2 ? [] : [`${cpuRatio} times the processor time is more than 1.2`]),
  ],
};

function figuresOf(rounds: readonly Round[]): Figures {
  const of = (figure: keyof Round) => rounds.map((round) => rounded(round[figure]));
  return {
    ratio: median(of("ratio")),
    cpuRatio: median(of("cpuRatio")),
    cpuSecondsPer1000: median(of("cpuSecondsPer1000")),
    cpuSecondsPer1000Off: median(of("cpuSecondsPer1000Off")),
    rounds: { ratio: of("ratio"), cpuRatio: of("cpuRatio") },
  };
}

async function compare(traced: Side, plain: Side, perMailbox: number): Promise<Round> {
  await Promise.all([traced.prepare(perMailbox), plain.prepare(perMailbox)]);
  const [tracedRun, plainRun] = [traced.begin(), plain.begin()];
  await Promise.race([tracedRun, plainRun]);
  const [withIt, without] = await Promise.all([traced.stored(), plain.stored()]);
  const [cpuSecondsPer1000, cpuSecondsPer1000Off] = await Promise.all([tracedRun, plainRun]);
  return {
    ratio: withIt / without,
    cpuRatio: cpuSecondsPer1000 / cpuSecondsPer1000Off,
    cpuSecondsPer1000,
    cpuSecondsPer1000Off,
  };
}

interface Side {
  /** Makes mailboxes and connects them. */
  prepare(perMailbox: number): Promise<void>;
  /** Syncs them. @returns processor seconds of everything but the simulator, per 1,000 messages */
  begin(): Promise<number>;
  /** Messages of them that are stored. */
  stored(): Promise<number>;
  /** The most that the services have held, together. */
  mebibytes(): number;
  close(): Promise<void>;
}

let sideCount = 0;

async function openSide(simulator: Simulator, env: Readonly<Record<string, string>>): Promise<Side> {
  const stack = await startBenchStack(simulator.url, env);
  const services: { readonly pid: number }[] = [];
  for (const name of serviceNames) services.push(await stack.start(name));
  const database = new pg.Pool({ connectionString: stack.databaseUrl, max: 2 });
  const client = new MillraceClient(stack.apiUrl(), stack.apiKey);
  const mark = `s${sideCount++}`;
  let [accountIds, made, messages]: [readonly string[], number, number] = [[], 0, 0];
  return {
    async prepare(perMailbox) {
      accountIds = await makeMailboxes(stack, simulator, `${mark}-${made++}`, perMailbox);
      messages = accountIds.length * perMailbox;
      await database.query("checkpoint");
    },
    async begin() {
      const before = processorUse(stack, simulator);
      await Promise.all(accountIds.map((accountId) => client.requestSync(accountId)));
      const isDone = async () => (await countCompleted(database, accountIds)) === accountIds.length;
      await until(isDone, lookMs, roundMsMax);
      const used = usedSince(before, processorUse(stack, simulator));
      const stored = await countStored(database, accountIds);
      if (stored !== messages) throw new Error(`${stored} messages are stored`);
      return (1_000 * totalOf(used, ["postgres", "nats", ...serviceNames])) / messages;
    },
    stored: () => countStored(database, accountIds),
    mebibytes: () => Math.round(services.reduce((sum, { pid }) => sum + peakMib(pid), 0)),
    async close() {
      await database.end();
      await stack.stop();
    },
  };
}

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
