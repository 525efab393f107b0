import { setTimeout as sleep } from "node:timers/promises";
import { SimulatorControl } from "@millrace/gmail-simulator/control/simulator-control";
import type { ServerProcess } from "@millrace/infra/process/server-process";
import { MillraceClient } from "../../test/support/millrace-client.ts";
import { type BenchStack, type ServiceName, startBenchStack } from "../harness/bench-stack.ts";
import { forgetPeak, peakMib } from "../harness/peak-memory.ts";
import { startSimulator } from "../harness/start-simulator.ts";
import { rounded } from "../harness/statistics.ts";
import { until } from "../harness/until.ts";
import { largeMail } from "../memory/large-mail.ts";
import type { Figures, Suite, SuiteContext } from "./suite.ts";

const serviceNames = ["sync-api", "chunker", "fetcher", "janitor"] as const satisfies readonly ServiceName[];
/** So that the janitor has looked many times in a case that takes ten seconds, too. */
const reconcileSeconds = 2;
const settleMs = 3_000;
const stopGraceMs = 10_000;
const syncMsMax = 3_600_000;
const lookEveryMs = 500;
const sayEveryMs = 10_000;
const largeMebibytes = 25;
/** Messages a chunk, so that there is one for each of the fetcher's slots at once. */
const largeChunkSize = 1;
const largestMibShort = 400;
const growthMaxShort = 0.35;

/** One mailbox that nobody has copied yet. */
interface MemoryCase {
  readonly name: "small" | "large" | "large mail, full" | "large mail, raw";
  readonly messages: number;
  readonly content: "full" | "raw";
  /** Messages of 25 MB, and not of what mail has otherwise. */
  readonly isLargeMail: boolean;
}

type Peaks = Readonly<Record<ServiceName, number>>;

const casesOf = (short: boolean): readonly MemoryCase[] => [
  { name: "small", messages: short ? 2_000 : 10_000, content: "full", isLargeMail: false },
  { name: "large", messages: short ? 20_000 : 1_000_000, content: "full", isLargeMail: false },
  { name: "large mail, full", messages: short ? 4 : 24, content: "full", isLargeMail: true },
  { name: "large mail, raw", messages: short ? 4 : 24, content: "raw", isLargeMail: true },
];

/**
 * The most memory that each service holds while one mailbox is copied: a small one, a large one, and one of large mail. For
 * each case the services are started anew and copy a mailbox of the small size first; then their peaks count from there.
 */
export const memory: Suite = {
  name: "memory",
  about: "peak memory of each service with a small mailbox, a large one, and large mail",
  async run(context: SuiteContext): Promise<Figures> {
    const simulator = await startSimulator();
    const stack = await startBenchStack(simulator.url);
    try {
      const world = new MemoryWorld(stack, new SimulatorControl(simulator.url), context);
      const cases = casesOf(context.short);
      const warmUp = cases[0]?.messages ?? 0;
      const peaks: [MemoryCase["name"], Peaks][] = [];
      for (const one of cases) {
        const found = await world.measure(one, warmUp);
        peaks.push([one.name, found]);
        context.say(`${one.name}: ${JSON.stringify(found)} MiB`);
      }
      const rssMiB = Object.fromEntries(peaks) as Record<MemoryCase["name"], Peaks>;
      const growthBy = growthOf(rssMiB.small, rssMiB.large);
      return {
        rssMiB,
        largestMiB: Math.max(...peaks.flatMap(([, of]) => Object.values(of))),
        growth: Math.max(...Object.values(growthBy)),
        growthBy,
        messages: Object.fromEntries(cases.map(({ name, messages }) => [name, messages])),
        short: context.short,
      };
    } finally {
      await stack.stop();
      await simulator.stop();
    }
  },
  // V8 lets a heap grow as it likes while there is memory, so a small sync is measured with some luck.
  failures: ({ growth, largestMiB }) => [
    ...(Number(growth) <= growthMaxShort
      ? []
      : [`memory grows by ${growth} with the mailbox, more than ${growthMaxShort}`]),
    ...(Number(largestMiB) <= largestMibShort
      ? []
      : [`a service held ${largestMiB} MiB, more than ${largestMibShort}`]),
  ],
};

const growthOf = (small: Peaks, large: Peaks): Record<string, number> =>
  Object.fromEntries(serviceNames.map((name) => [name, rounded(large[name] / small[name] - 1)]));

class MemoryWorld {
  readonly #stack: BenchStack;
  readonly #control: SimulatorControl;
  readonly #say: SuiteContext["say"];
  #made = 0;

  constructor(stack: BenchStack, control: SimulatorControl, { say }: SuiteContext) {
    this.#stack = stack;
    this.#control = control;
    this.#say = say;
  }

  async measure(one: MemoryCase, warmUp: number): Promise<Peaks> {
    const services = await this.#startServices();
    await this.#copy({ name: "small", messages: warmUp, content: "full", isLargeMail: false });
    await sleep(settleMs);
    for (const { pid } of services.values()) forgetPeak(pid);
    await this.#copy(one);
    await sleep(settleMs);
    const peaks = Object.fromEntries(
      [...services].map(([name, { pid }]) => [name, rounded(peakMib(pid))]),
    ) as Peaks;
    await Promise.all([...services.values()].map((service) => service.stop("SIGTERM", stopGraceMs)));
    return peaks;
  }

  async #startServices(): Promise<Map<ServiceName, ServerProcess>> {
    const services = new Map<ServiceName, ServerProcess>();
    for (const name of serviceNames) {
      const env = { RECONCILE_SECONDS: String(reconcileSeconds) };
      services.set(name, await this.#stack.start(name, env));
    }
    return services;
  }

  /** @throws Error when not all of it is stored */
  async #copy(one: MemoryCase): Promise<void> {
    const client = new MillraceClient(this.#stack.apiUrl(), this.#stack.apiKey);
    const email = await this.#mailbox(one);
    const accountId = await client.connectAccount(email, one.content);
    const beganMs = performance.now();
    const syncId = await client.requestSync(accountId, one.isLargeMail ? { chunkSize: largeChunkSize } : {});
    let toldMs = beganMs;
    let sync = await client.getSync(syncId).catch(() => null);
    const hasEnded = async (): Promise<boolean> => {
      sync = await client.getSync(syncId);
      if (performance.now() - toldMs > sayEveryMs) {
        toldMs = performance.now();
        this.#say(`${one.name}: ${sync.progress.settled} of ${one.messages} messages`);
      }
      return !["requested", "running"].includes(sync.status);
    };
    await until(hasEnded, lookEveryMs, syncMsMax);
    if (sync?.status !== "completed" || sync.ledger.stored !== one.messages)
      throw new Error(`The sync of ${one.messages} messages ended as ${JSON.stringify(sync)}`);
    this.#say(`${one.name}: copied ${one.messages} in ${rounded((performance.now() - beganMs) / 1_000)} s`);
  }

  async #mailbox({ messages, isLargeMail }: MemoryCase): Promise<string> {
    const email = `mailbox${this.#made++}@bench.test`;
    await this.#control.createMailbox({ email, generate: isLargeMail ? 0 : messages });
    for (let n = 0; isLargeMail && n < messages; n++)
      await this.#control.addMessages(email, [{ raw: largeMail(n, largeMebibytes) }]);
    return email;
  }
}
