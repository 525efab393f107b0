import { setTimeout as sleep } from "node:timers/promises";
import { SimulatorControl } from "@millrace/gmail-simulator/control/simulator-control";
import { describeExit, type ServerProcess } from "@millrace/infra/process/server-process";
import { MillraceClient } from "../../test/support/millrace-client.ts";
import { type BenchStack, type ServiceName, startBenchStack } from "../harness/bench-stack.ts";
import { forgetPeak, peakMib } from "../harness/peak-memory.ts";
import { scratchFolder } from "../harness/scratch-folder.ts";
import { startSimulator } from "../harness/start-simulator.ts";
import { rounded } from "../harness/statistics.ts";
import { until } from "../harness/until.ts";
import { writeLargeMail } from "../memory/large-mail.ts";
import type { Figures, Suite, SuiteContext } from "./suite.ts";

const serviceNames = ["sync-api", "chunker", "fetcher", "janitor"] as const satisfies readonly ServiceName[];
/** So that the janitor has looked many times in a case that takes ten seconds, too. */
const reconcileSeconds = 2;
/** What was counted before the last commit of a case belongs to it. */
const settleMs = 2_000;
const stopGraceMs = 10_000;
const syncMsMax = 3_600_000;
const lookEveryMs = 500;
const sayEveryMs = 10_000;
const largeMebibytes = 25;
/** Of one folder, each for one case: nobody has copied it then. */
const largeMailboxes = ["large0@bench.test", "large1@bench.test"];
/** Messages a chunk, so that there is one for each of the fetcher's slots at once. */
const largeChunkSize = 1;
/** With a margin: a sync of some seconds is stopped anywhere between two collections of garbage. */
const growthMax = 0.2;
const mibMax = 190;
const largeMailMibMax = 500;

/** One mailbox that nobody has copied yet. */
interface MemoryCase {
  readonly name: string;
  readonly messages: number;
  readonly content: "full" | "raw";
  /** Messages of 25 MB, and not of what mail has otherwise. */
  readonly isLargeMail: boolean;
}

type Peaks = Readonly<Record<ServiceName, number>>;

const ofMail = (name: string, messages: number): MemoryCase => ({
  name,
  messages,
  content: "full",
  isLargeMail: false,
});
const ofLargeMail = (messages: number, content: "full" | "raw"): MemoryCase => ({
  name: content === "full" ? "largeMailFull" : "largeMailRaw",
  messages,
  content,
  isLargeMail: true,
});

/** Cases one after the other that the same processes meet, from the smallest on. */
const groupsOf = (short: boolean): readonly (readonly MemoryCase[])[] => [
  [ofMail("small", short ? 2_000 : 10_000), ofMail("large", short ? 20_000 : 1_000_000)],
  [ofLargeMail(largeMessages(short), "full"), ofLargeMail(largeMessages(short), "raw")],
];
const largeMessages = (short: boolean): number => (short ? 4 : 24);

/**
 * The most memory that each service holds while one mailbox is copied: a small one, a large one, and ones of large mail.
 * Services copy a mailbox of the small size first; before each case their peaks are forgotten.
 */
export const memory: Suite = {
  name: "memory",
  about: "peak memory of each service with a small mailbox, a large one, and large mail",
  async run(context: SuiteContext): Promise<Figures> {
    const folder = scratchFolder("mail");
    writeLargeMail(folder.path, largeMessages(context.short), largeMebibytes);
    const simulator = await startSimulator(
      largeMailboxes.flatMap((email) => ["--maildir", `${email}=${folder.path}`]),
    );
    const stack = await startBenchStack(simulator.url);
    try {
      const world = new MemoryWorld(stack, new SimulatorControl(simulator.url), context);
      const groups = groupsOf(context.short);
      const warmUp = groups[0]?.[0]?.messages ?? 0;
      const rssMiB: Record<string, Peaks> = {};
      for (const group of groups) Object.assign(rssMiB, await world.measure(group, warmUp));
      return figuresOf(groups.flat(), rssMiB);
    } finally {
      await stack.stop();
      await simulator.stop();
      folder.remove();
    }
  },
  failures: ({ growth, largestMiB, largestWithLargeMailMiB }) => [
    ...(Number(growth) <= growthMax
      ? []
      : [`memory grows by ${growth} with the mailbox, more than ${growthMax}`]),
    ...tooMuch(Number(largestMiB), mibMax, "mail as it comes"),
    ...tooMuch(Number(largestWithLargeMailMiB), largeMailMibMax, "large mail"),
  ],
};

const tooMuch = (mib: number, max: number, what: string): string[] =>
  mib <= max ? [] : [`with ${what} a service held ${mib} MiB, more than ${max}`];

function figuresOf(cases: readonly MemoryCase[], rssMiB: Readonly<Record<string, Peaks>>): Figures {
  const of = (name: string, service: ServiceName): number => rssMiB[name]?.[service] ?? Number.NaN;
  const growthBy = Object.fromEntries(
    serviceNames.map((service) => [service, rounded(of("large", service) / of("small", service) - 1)]),
  );
  const largest = (isLargeMail: boolean): number => {
    const names = cases.filter((one) => one.isLargeMail === isLargeMail).map(({ name }) => name);
    return Math.max(...names.flatMap((name) => serviceNames.map((service) => of(name, service))));
  };
  return {
    rssMiB,
    growth: Math.max(...Object.values(growthBy)),
    growthBy,
    largestMiB: largest(false),
    largestWithLargeMailMiB: largest(true),
    messages: Object.fromEntries(cases.map(({ name, messages }) => [name, messages])),
  };
}

class MemoryWorld {
  readonly #stack: BenchStack;
  readonly #control: SimulatorControl;
  readonly #say: SuiteContext["say"];
  readonly #largeMailboxes = [...largeMailboxes];
  #made = 0;

  constructor(stack: BenchStack, control: SimulatorControl, { say }: SuiteContext) {
    this.#stack = stack;
    this.#control = control;
    this.#say = say;
  }

  /** @returns the peaks of each case, by its name */
  async measure(cases: readonly MemoryCase[], warmUp: number): Promise<Record<string, Peaks>> {
    this.#say("services start");
    const services = await this.#startServices();
    const copy = (one: MemoryCase): Promise<void> => this.#copy(one, services);
    await copy(ofMail("warm-up", warmUp));
    const peaks: Record<string, Peaks> = {};
    for (const one of cases) {
      await sleep(settleMs);
      for (const { pid } of services.values()) forgetPeak(pid);
      await copy(one);
      await sleep(settleMs);
      const found = [...services].map(([name, { pid }]) => [name, rounded(peakMib(pid))]);
      peaks[one.name] = Object.fromEntries(found) as Peaks;
      this.#say(`${one.name}: ${found.map(([name, mib]) => `${name} ${mib}`).join(", ")} MiB`);
    }
    await Promise.all([...services.values()].map((service) => service.stop("SIGTERM", stopGraceMs)));
    return peaks;
  }

  async #startServices(): Promise<Map<ServiceName, ServerProcess>> {
    const env = { RECONCILE_SECONDS: String(reconcileSeconds) };
    const start = async (name: ServiceName) => [name, await this.#stack.start(name, env)] as const;
    const [first, ...others] = serviceNames; // it brings the database up to date
    return new Map([await start(first), ...(await Promise.all(others.map(start)))]);
  }

  /** @throws Error when not all of it is stored, or a service did not live to see it */
  async #copy(one: MemoryCase, services: ReadonlyMap<ServiceName, ServerProcess>): Promise<void> {
    const client = new MillraceClient(this.#stack.apiUrl(), this.#stack.apiKey);
    const accountId = await client.connectAccount(await this.#mailbox(one), one.content);
    const beganMs = performance.now();
    const syncId = await client.requestSync(accountId, one.isLargeMail ? { chunkSize: largeChunkSize } : {});
    let toldMs = beganMs;
    let sync = await client.getSync(syncId).catch(() => null);
    const hasEnded = async (): Promise<boolean> => {
      for (const [name, service] of services) {
        const exit = service.exit();
        if (exit !== null) throw new Error(`${name} ${describeExit(exit, service.logFile)}`);
      }
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

  /** @returns its address */
  async #mailbox({ messages, isLargeMail }: MemoryCase): Promise<string> {
    if (isLargeMail) return this.#largeMailboxes.shift() ?? "";
    const email = `mailbox${this.#made++}@bench.test`;
    await this.#control.createMailbox({ email, generate: messages });
    return email;
  }
}
