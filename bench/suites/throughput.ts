import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { SimulatorControl } from "@millrace/gmail-simulator/control/simulator-control";
import { processorSeconds } from "@millrace/infra/process/processor-time";
import pg from "pg";
import { MillraceClient } from "../../test/support/millrace-client.ts";
import { type BenchStack, startBenchStack } from "../harness/bench-stack.ts";
import { startSimulator } from "../harness/start-simulator.ts";
import { median, rounded } from "../harness/statistics.ts";
import { until } from "../harness/until.ts";
import type { Figures, Suite, SuiteContext } from "./suite.ts";

const accountCount = 50;
const slots = 6;
const bareLoop = fileURLToPath(new URL("bare-loop.ts", import.meta.url));
const roundMsMax = 600_000;

interface Round {
  readonly messagesPerSecond: number;
  readonly cpuSecondsPer1000: number;
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
    const perMailbox = short ? 60 : 400;
    const rounds = short ? 1 : 5;
    const simulator = await startSimulator();
    const stack = await startBenchStack(simulator.url);
    let world: World | null = null;
    try {
      for (const name of ["sync-api", "chunker", "fetcher"] as const) await stack.start(name);
      world = new World(stack, simulator.url);
      await world.ours(20); // warm: code compiled, statements prepared, connections open
      await world.bare(20);
      const ours: Round[] = [];
      const bare: Round[] = [];
      for (let round = 1; round <= rounds; round++) {
        ours.push(await world.ours(perMailbox));
        bare.push(await world.bare(perMailbox));
        say(`round ${round} of ${rounds}: ${describe(ours.at(-1))}, bare ${describe(bare.at(-1))}`);
      }
      const of = (list: readonly Round[], figure: keyof Round) => list.map((round) => rounded(round[figure]));
      const ratios = ours.map((round, i) =>
        rounded(round.messagesPerSecond / (bare[i]?.messagesPerSecond ?? 1)),
      );
      return {
        messagesPerSecond: median(of(ours, "messagesPerSecond")),
        bareMessagesPerSecond: median(of(bare, "messagesPerSecond")),
        ratio: median(ratios),
        cpuSecondsPer1000: median(of(ours, "cpuSecondsPer1000")),
        bareCpuSecondsPer1000: median(of(bare, "cpuSecondsPer1000")),
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

const describe = (round: Round | undefined): string =>
  `${Math.round(round?.messagesPerSecond ?? 0)} messages/s with ${rounded(round?.cpuSecondsPer1000 ?? 0)} s per 1,000`;

class World {
  readonly #stack: BenchStack;
  readonly #simulatorUrl: string;
  readonly #control: SimulatorControl;
  readonly #client: MillraceClient;
  readonly #database: pg.Pool;
  #made = 0;

  constructor(stack: BenchStack, simulatorUrl: string) {
    this.#stack = stack;
    this.#simulatorUrl = simulatorUrl;
    this.#control = new SimulatorControl(simulatorUrl);
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

  #used(names: readonly string[]): number {
    return names
      .flatMap((name) => this.#stack.processes.get(name) ?? [])
      .reduce((sum, { pid }) => sum + processorSeconds(pid), 0);
  }

  async #settle(): Promise<void> {
    await this.#database.query("checkpoint");
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }

  async ours(perMailbox: number): Promise<Round> {
    const accounts = await this.#accounts(perMailbox);
    await this.#settle();
    const names = ["postgres", "nats", "sync-api", "chunker", "fetcher"];
    const [beforeCpu, beganMs] = [this.#used(names), performance.now()];
    await Promise.all(accounts.map(({ accountId }) => this.#client.requestSync(accountId)));
    const ids = accounts.map(({ accountId }) => accountId);
    await until(() => this.#haveCompleted(ids), 20, roundMsMax);
    const seconds = (performance.now() - beganMs) / 1_000;
    await this.#check(ids, perMailbox);
    return this.#roundOf(perMailbox, seconds, this.#used(names) - beforeCpu);
  }

  async bare(perMailbox: number): Promise<Round> {
    const accounts = await this.#accounts(perMailbox);
    await this.#settle();
    const before = this.#used(["postgres"]);
    const task = {
      databaseUrl: this.#stack.databaseUrl,
      gmailUrl: this.#simulatorUrl,
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
    return this.#roundOf(perMailbox, done.seconds, this.#used(["postgres"]) - before + done.cpuSeconds);
  }

  async #haveCompleted(accountIds: readonly string[]): Promise<boolean> {
    const { rows } = await this.#database.query<{ count: number }>(
      "select count(*)::int as count from syncs where account_id = any($1) and status = 'completed'",
      [accountIds],
    );
    return rows[0]?.count === accountIds.length;
  }

  async #check(accountIds: readonly string[], perMailbox: number): Promise<void> {
    const { rows } = await this.#database.query<{ count: number }>(
      "select count(*)::int as count from messages where account_id = any($1)",
      [accountIds],
    );
    if (rows[0]?.count !== accountIds.length * perMailbox)
      throw new Error(`${rows[0]?.count} messages are stored`);
  }

  #roundOf(perMailbox: number, seconds: number, cpuSeconds: number): Round {
    const messages = accountCount * perMailbox;
    return { messagesPerSecond: messages / seconds, cpuSecondsPer1000: (1_000 * cpuSeconds) / messages };
  }
}
