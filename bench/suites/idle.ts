import { setTimeout as sleep } from "node:timers/promises";
import { SimulatorControl } from "@millrace/gmail-simulator/control/simulator-control";
import pg from "pg";
import { type BenchStack, startBenchStack } from "../harness/bench-stack.ts";
import { createMailboxes } from "../harness/create-mailboxes.ts";
import { insertAccounts } from "../harness/insert-accounts.ts";
import { type ProcessorUse, processorUse, totalOf, usedSince } from "../harness/processor-use.ts";
import { type Simulator, startSimulator } from "../harness/start-simulator.ts";
import { rounded } from "../harness/statistics.ts";
import { until } from "../harness/until.ts";
import { seedIdleAccounts } from "./seed-idle-accounts.ts";
import type { Figures, Suite, SuiteContext } from "./suite.ts";

const services = ["sync-api", "chunker", "fetcher", "janitor"] as const;
/** How many accounts are meant, and how often each is polled while nothing happens, by default. */
const fullAccounts = 10_000;
const fullIntervalSeconds = 3_600;
const warmMsMax = 300_000;
/** What is due may be polled so much later, in one turn of the janitor; and one batch may be under way. */
const turnSecondsMax = 5;
const batchRuns = 16;

interface Size {
  readonly accounts: number;
  readonly intervalSeconds: number;
  readonly settleSeconds: number;
  readonly windows: number;
  readonly windowSeconds: number;
  /** After so long the tokens that the first polls replace have run out. */
  readonly tokensEndInSeconds: number;
}

const full: Size = {
  accounts: fullAccounts,
  intervalSeconds: fullIntervalSeconds,
  settleSeconds: 60,
  windows: 8,
  windowSeconds: 30,
  tokensEndInSeconds: 150,
};

/** As many polls a second as of all accounts. */
const short: Size = {
  accounts: 500,
  intervalSeconds: (fullIntervalSeconds * 500) / fullAccounts,
  settleSeconds: 5,
  windows: 3,
  windowSeconds: 5,
  tokensEndInSeconds: 15,
};

/** What 10,000 mailboxes cost in which nothing happens and of which nobody tells us, so that each is polled. */
export const idle: Suite = {
  name: "idle",
  about: "processor time of all services with 10,000 accounts that are polled and have nothing new",
  async run(context: SuiteContext): Promise<Figures> {
    const size = context.short ? short : full;
    const simulator = await startSimulator();
    const stack = await startBenchStack(simulator.url, {
      GMAIL_QUOTA: "gmail-2026",
      POLL_IDLE_SECONDS: String(size.intervalSeconds),
    });
    const database = new pg.Pool({ connectionString: stack.databaseUrl, max: 4 });
    try {
      return await new IdleWorld(size, stack, simulator, database).measure(context);
    } finally {
      await database.end();
      await stack.stop();
      await simulator.stop();
    }
  },
  failures: ({ polls, pollsDue, pollsDueSpread, callsFailed, syncsStarted }) => [
    ...(Math.abs(Number(polls) - Number(pollsDue)) <= Number(pollsDueSpread)
      ? []
      : [`${polls} polls were seen, ${pollsDue} were due`]),
    ...(Number(callsFailed) === 0 ? [] : [`${callsFailed} calls failed`]),
    ...(Number(syncsStarted) === 0 ? [] : [`${syncsStarted} syncs were started`]),
  ],
};

class IdleWorld {
  readonly #size: Size;
  readonly #stack: BenchStack;
  readonly #simulator: Simulator;
  readonly #control: SimulatorControl;
  readonly #database: pg.Pool;

  constructor(size: Size, stack: BenchStack, simulator: Simulator, database: pg.Pool) {
    this.#size = size;
    this.#stack = stack;
    this.#simulator = simulator;
    this.#control = new SimulatorControl(simulator.url);
    this.#database = database;
  }

  async measure({ say }: SuiteContext): Promise<Figures> {
    const { accounts, intervalSeconds, settleSeconds, windows, windowSeconds, tokensEndInSeconds } =
      this.#size;
    for (const name of services.slice(0, 3)) await this.#stack.start(name);
    say(`making ${accounts} mailboxes and their accounts, as they are after a sync`);
    const emails = Array.from({ length: accounts }, (_, n) => `idle${n}@bench.test`);
    await createMailboxes(this.#simulator.url, emails, 1);
    const mailboxes = emails.map((email) => ({ tenantId: "bench", email }));
    const inserted = await insertAccounts(this.#database, this.#stack.encryptionKeys, mailboxes, "full");
    const place = { ...this.#stack, gmailUrl: this.#simulator.url, database: this.#database };
    await seedIdleAccounts(place, inserted, { intervalSeconds, tokensEndInSeconds });
    const tokensEndAtMs = Date.now() + 1_000 * tokensEndInSeconds;
    await this.#stack.start("janitor");
    say("every account is polled once, so that its token is known");
    await until(() => this.#arePolled(), 500, warmMsMax);
    await this.#spread();
    const restMs = Math.max(1_000 * settleSeconds, tokensEndAtMs - Date.now());
    const seconds = windows * windowSeconds;
    say(`measuring ${seconds} s after ${Math.round(restMs / 1_000)} s of rest`);
    await sleep(restMs);
    return this.#figures(windows, windowSeconds, say);
  }

  async #figures(windows: number, windowSeconds: number, say: (line: string) => void): Promise<Figures> {
    const [pollsDue, syncsBefore] = [await this.#due(windows * windowSeconds), await this.#syncs()];
    await this.#control.resetCalls();
    const [began, beganMs] = [processorUse(this.#stack, this.#simulator), performance.now()];
    const shares: number[] = [];
    let [last, lastMs]: [ProcessorUse, number] = [began, beganMs];
    for (let window = 1; window <= windows; window++) {
      await sleep(windowSeconds * 1_000);
      const [now, nowMs] = [processorUse(this.#stack, this.#simulator), performance.now()];
      shares.push(percent(totalOf(usedSince(last, now), services), nowMs - lastMs));
      [last, lastMs] = [now, nowMs];
      say(`window ${window} of ${windows}: ${shares.at(-1)} % of a core`);
    }
    const [used, elapsedMs] = [usedSince(began, last), lastMs - beganMs];
    const by = (names: readonly string[]) =>
      Object.fromEntries(names.map((name) => [name, percent(used[name] ?? 0, elapsedMs)]));
    const { calls } = await this.#control.calls();
    const countOf = (isMeant: (call: (typeof calls)[number]) => boolean): number =>
      calls.filter(isMeant).reduce((sum, { count }) => sum + count, 0);
    const polls = countOf(({ endpoint }) => endpoint === "history.list");
    return {
      cpuPercent: percent(totalOf(used, services), elapsedMs),
      cpuPercentBy: by(services),
      besideCpuPercentBy: by(["postgres", "nats", "simulator"]),
      accounts: this.#size.accounts,
      seconds: rounded(elapsedMs / 1_000),
      polls,
      pollsDue,
      pollsDueSpread: Math.ceil((pollsDue * turnSecondsMax * 1_000) / elapsedMs) + batchRuns,
      pollsPerSecond: rounded((1_000 * polls) / elapsedMs),
      tokensRefreshed: countOf(({ endpoint }) => endpoint === "token"),
      callsFailed: countOf(({ status }) => status !== 200),
      syncsStarted: (await this.#syncs()) - syncsBefore,
      windows: { cpuPercent: shares },
    };
  }

  async #arePolled(): Promise<boolean> {
    return (await this.#count("schedules where last_run_at is null")) === 0;
  }

  /** As polls lie when nothing has happened for hours: anywhere in the interval. */
  async #spread(): Promise<void> {
    await this.#database.query(
      "update schedules set interval_seconds = $1::integer, next_run_at = now() + random() * make_interval(secs => $1::integer)",
      [this.#size.intervalSeconds],
    );
  }

  #due(withinSeconds: number): Promise<number> {
    return this.#count(
      `schedules where next_run_at between now() and now() + make_interval(secs => ${withinSeconds})`,
    );
  }

  #syncs(): Promise<number> {
    return this.#count("syncs");
  }

  async #count(what: string): Promise<number> {
    const { rows } = await this.#database.query<{ count: number }>(
      `select count(*)::int as count from ${what}`,
    );
    return rows[0]?.count ?? Number.NaN;
  }
}

const percent = (cpuSeconds: number, elapsedMs: number): number =>
  rounded((100_000 * cpuSeconds) / elapsedMs);
