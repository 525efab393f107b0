import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { SimulatorControl } from "@millrace/gmail-simulator/control/simulator-control";
import pg from "pg";
import { MillraceClient } from "../../test/support/millrace-client.ts";
import { type BenchStack, startBenchStack } from "../harness/bench-stack.ts";
import { type ProcessorUse, processorUse, usedSince } from "../harness/processor-use.ts";
import { type Simulator, startSimulator } from "../harness/start-simulator.ts";
import { median, rounded } from "../harness/statistics.ts";
import { countStored, untilCompleted } from "../harness/sync-views.ts";
import type { Figures, Suite, SuiteContext } from "./suite.ts";

const accountCount = 50;
const slots = 6;
const bareLoop = fileURLToPath(new URL("bare-loop.ts", import.meta.url));
const roundMsMax = 600_000;

interface Round {
  readonly messagesPerSecond: number;
  readonly cpuSecondsPer1000: number;
  /** Of each kind of process, the simulator as well. */
  readonly cpuSecondsPer1000By: Readonly<Record<string, number>>;
}

/**
 * Full syncs of 50 mailboxes that nobody has copied yet, from the first request to the last completed sync, against a bare
 * loop over the same number of other mailboxes: by turns, on the same servers.
 */
export const throughput: Suite = {
  name: "throughput",
  about:
    "messages stored a second and processor seconds per 1,000, beside a bare loop with the same client and SQL",
  async run({ short, say }: SuiteContext): Promise<Figures> {
    const perMailbox = short ? 100 : 1_000;
    const rounds = short ? 1 : 3;
    const simulator = await startSimulator();
    const stack = await startBenchStack(simulator.url);
    let world: World | null = null;
    try {
      for (const name of ["sync-api", "chunker", "fetcher"] as const) await stack.start(name);
      world = new World(stack, simulator);
      await world.ours(20); // warm: code compiled, statements prepared, connections open
      await world.bare(20);
      const ours: Round[] = [];
      const bare: Round[] = [];
      for (let round = 1; round <= rounds; round++) {
        ours.push(await world.ours(perMailbox));
        bare.push(await world.bare(perMailbox));
        say(`round ${round} of ${rounds}: ${describe(ours.at(-1))}, bare ${describe(bare.at(-1))}`);
      }
      const of = (list: readonly Round[], figure: "messagesPerSecond" | "cpuSecondsPer1000") =>
        list.map((round) => rounded(round[figure]));
      const ratios = ours.map((round, i) =>
        rounded(round.messagesPerSecond / (bare[i]?.messagesPerSecond ?? 1)),
      );
      return {
        messagesPerSecond: median(of(ours, "messagesPerSecond")),
        bareMessagesPerSecond: median(of(bare, "messagesPerSecond")),
        ratio: median(ratios),
        cpuSecondsPer1000: median(of(ours, "cpuSecondsPer1000")),
        bareCpuSecondsPer1000: median(of(bare, "cpuSecondsPer1000")),
        cpuSecondsPer1000By: medians(ours),
        bareCpuSecondsPer1000By: medians(bare),
        messages: accountCount * perMailbox,
        rounds: {
          messagesPerSecond: of(ours, "messagesPerSecond"),
          bareMessagesPerSecond: of(bare, "messagesPerSecond"),
          ratio: ratios,
        },
      };
    } finally {
      await world?.close();
      await stack.stop();
      await simulator.stop();
    }
  },
  failures: ({ ratio }) => (Number(ratio) >= 0.3 ? [] : [`ratio ${ratio} is below 0.3`]),
};

function medians(rounds: readonly Round[]): Figures {
  const names = Object.keys(rounds[0]?.cpuSecondsPer1000By ?? {});
  const of = (name: string) => rounds.map(({ cpuSecondsPer1000By }) => cpuSecondsPer1000By[name] ?? 0);
  return Object.fromEntries(names.map((name) => [name, rounded(median(of(name)))]));
}

const describe = (round: Round | undefined): string =>
  `${Math.round(round?.messagesPerSecond ?? 0)} messages/s with ${rounded(round?.cpuSecondsPer1000 ?? 0)} s per 1,000`;

class World {
  readonly #stack: BenchStack;
  readonly #simulator: Simulator;
  readonly #control: SimulatorControl;
  readonly #client: MillraceClient;
  readonly #database: pg.Pool;
  #made = 0;

  constructor(stack: BenchStack, simulator: Simulator) {
    this.#stack = stack;
    this.#simulator = simulator;
    this.#control = new SimulatorControl(simulator.url);
    this.#client = new MillraceClient(stack.apiUrl(), stack.apiKey);
    this.#database = new pg.Pool({ connectionString: stack.databaseUrl, max: 2 });
  }

  close(): Promise<void> {
    return this.#database.end();
  }

  /** Mailboxes of their own, connected, and no mail of them stored. */
  async #accounts(perMailbox: number): Promise<{ accountId: string; email: string }[]> {
    const accounts = [];
    for (let n = 0; n < accountCount; n++) {
      const email = `m${this.#made++}@bench.test`;
      await this.#control.createMailbox({ email, generate: perMailbox });
      accounts.push({ email, accountId: await this.#client.connectAccount(email) });
    }
    return accounts;
  }

  async #settle(): Promise<void> {
    await this.#database.query("checkpoint");
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }

  async ours(perMailbox: number): Promise<Round> {
    const accounts = await this.#accounts(perMailbox);
    await this.#settle();
    const names = ["postgres", "nats", "sync-api", "chunker", "fetcher"];
    const [before, beganMs] = [processorUse(this.#stack, this.#simulator), performance.now()];
    await Promise.all(accounts.map(({ accountId }) => this.#client.requestSync(accountId)));
    const ids = accounts.map(({ accountId }) => accountId);
    await untilCompleted(this.#database, ids, roundMsMax);
    const seconds = (performance.now() - beganMs) / 1_000;
    await this.#check(ids, perMailbox);
    return this.#roundOf(perMailbox, seconds, this.#usedSince(before, names));
  }

  async bare(perMailbox: number): Promise<Round> {
    const accounts = await this.#accounts(perMailbox);
    await this.#settle();
    const before = processorUse(this.#stack, this.#simulator);
    const task = {
      databaseUrl: this.#stack.databaseUrl,
      gmailUrl: this.#simulator.url,
      encryptionKeys: this.#stack.encryptionKeys,
      accounts: accounts.map((account) => ({ tenantId: "bench", ...account })),
      slots,
      chunkSize: 100,
      batchSize: 50,
    };
    const { stdout } = await promisify(execFile)(process.execPath, [bareLoop, JSON.stringify(task)], {
      timeout: roundMsMax,
    });
    const done = JSON.parse(stdout) as { seconds: number; cpuSeconds: number };
    await this.#check(
      accounts.map(({ accountId }) => accountId),
      perMailbox,
    );
    const used = { ...this.#usedSince(before, ["postgres"]), loop: done.cpuSeconds };
    return this.#roundOf(perMailbox, done.seconds, used);
  }

  async #check(accountIds: readonly string[], perMailbox: number): Promise<void> {
    const stored = await countStored(this.#database, accountIds);
    if (stored !== accountIds.length * perMailbox) throw new Error(`${stored} messages are stored`);
  }

  /** @param names what is counted as theirs; the simulator is told beside it */
  #usedSince(before: ProcessorUse, names: readonly string[]): ProcessorUse {
    const used = usedSince(before, processorUse(this.#stack, this.#simulator));
    return Object.fromEntries([...names, "simulator"].map((name) => [name, used[name] ?? 0]));
  }

  #roundOf(perMailbox: number, seconds: number, used: Readonly<Record<string, number>>): Round {
    const messages = accountCount * perMailbox;
    const per1000 = Object.entries(used).map(([name, cpu]) => [name, (1_000 * cpu) / messages] as const);
    return {
      messagesPerSecond: messages / seconds,
      cpuSecondsPer1000: per1000.reduce((sum, [name, cpu]) => sum + (name === "simulator" ? 0 : cpu), 0),
      cpuSecondsPer1000By: Object.fromEntries(per1000),
    };
  }
}
