import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { preciseNowMs } from "@millrace/gmail-simulator/call-counters";
import { SimulatorControl } from "@millrace/gmail-simulator/control/simulator-control";
import { newSyncId } from "@millrace/shared/events/identifiers";
import { connectNats, type Nats } from "@millrace/shared/nats/connect-nats";
import { publishRequest } from "@millrace/shared/nats/publish-request";
import { createLogger } from "@millrace/shared/runtime/create-logger";
import { MillraceClient } from "../../test/support/millrace-client.ts";
import { accessTokenOf } from "../../test/support/simulator-token.ts";
import { type BenchStack, startBenchStack } from "../harness/bench-stack.ts";
import { type Redis, startRedis } from "../harness/start-redis.ts";
import { type Simulator, startSimulator } from "../harness/start-simulator.ts";
import { quantile, rounded } from "../harness/statistics.ts";
import { until } from "../harness/until.ts";
import type { Peer, PeerClient } from "../peers/peer.ts";
import { peers } from "../peers/peers.ts";
import type { Figures, Suite, SuiteContext } from "./suite.ts";

const tenantId = "bench";
/** Between two requests: each finds the one before done. */
const gapMs = 60;
const callMsMax = 30_000;
const backlogMailboxes = 6;
const workerEntry = fileURLToPath(new URL("../peers/peer-worker.ts", import.meta.url));

interface Mailbox {
  readonly email: string;
  readonly accountId: string;
  readonly token: string;
}

/** Milliseconds to the call, one for each request. */
interface Times {
  /** From before the request. */
  readonly fromSent: number[];
  /** From the moment when it was known to be accepted; a call may come before. */
  readonly fromAccepted: number[];
}

/** Somebody who is asked for work, and makes a call for it. */
interface Contender {
  readonly name: string;
  /** Resolves when the request is accepted. */
  ask(mailbox: Mailbox): Promise<void>;
  readonly idle: Times;
  readonly loaded: Times;
}

/**
 * How long it takes from a request for work to the first call of the provider that is made for it. Millrace's request is a
 * `SyncRequested` on the broker, and its call the incremental sync's first; a peer's is a job, and its worker makes one
 * call of the same server.
 */
export const pickup: Suite = {
  name: "pickup",
  about: "request to first provider call, idle and under load, beside pg-boss, graphile-worker and BullMQ",
  async run(context: SuiteContext): Promise<Figures> {
    const simulator = await startSimulator();
    const stack = await startBenchStack(simulator.url);
    const redis = await startRedis();
    if (redis === null) context.say("There is no redis-server here: BullMQ is left out.");
    const world = new PickupWorld(simulator, stack, redis);
    try {
      for (const name of ["sync-api", "chunker", "fetcher"] as const) await stack.start(name);
      return await world.measure(context);
    } finally {
      await world.close();
      await redis?.stop();
      await stack.stop();
      await simulator.stop();
    }
  },
  failures: () => [], // that each request leads to its call is waited for
};

class PickupWorld {
  readonly #simulator: Simulator;
  readonly #stack: BenchStack;
  readonly #redis: Redis | null;
  readonly #control: SimulatorControl;
  readonly #clients: PeerClient[] = [];
  #nats: Nats | null = null;

  constructor(simulator: Simulator, stack: BenchStack, redis: Redis | null) {
    this.#simulator = simulator;
    this.#stack = stack;
    this.#redis = redis;
    this.#control = new SimulatorControl(simulator.url);
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.#nats?.connection.close();
  }

  async measure({ short, say }: SuiteContext): Promise<Figures> {
    const [rounds, perRound, backlog] = short ? [1, 20, 2_000] : [5, 100, 100_000];
    const client = new MillraceClient(this.#stack.apiUrl(), this.#stack.apiKey);
    const mailboxes = await this.#mailboxes(client, perRound);
    const contenders = [await this.#millrace(), ...(await this.#peers())];
    for (const contender of contenders) await this.#round(contender, mailboxes.slice(0, 10)); // warm
    const measureAll = async (situation: "idle" | "loaded"): Promise<void> => {
      for (let round = 1; round <= rounds; round++) {
        for (const contender of contenders) {
          const { fromSent, fromAccepted } = await this.#round(contender, mailboxes);
          contender[situation].fromSent.push(...fromSent);
          contender[situation].fromAccepted.push(...fromAccepted);
        }
        const so = contenders.map((one) => shown(one.name, one[situation].fromSent)).join(", ");
        say(`${situation}, round ${round} of ${rounds}: ${so}`);
      }
    };
    await measureAll("idle");
    const running: string[] = [];
    for (let n = 0; n < backlogMailboxes; n++) {
      const email = `backlog${n}@bench.test`;
      await this.#control.createMailbox({ email, generate: backlog });
      running.push(await client.requestSync(await client.connectAccount(email)));
    }
    await sleep(1_000);
    await measureAll("loaded");
    const stillRunning = (await Promise.all(running.map((id) => client.getSync(id)))).filter(
      ({ status }) => status === "running",
    ).length;
    if (!short && stillRunning === 0) throw new Error("The backlog was done before the last round");
    const [ours, ...others] = contenders.map((one) => ({ name: one.name, figures: figuresOf(one) }));
    return {
      ...(ours?.figures ?? {}),
      peers: Object.fromEntries(others.map(({ name, figures }) => [name, figures])),
      requests: rounds * perRound,
    };
  }

  /** Mailboxes that were synced once: their tokens are known, and what is asked of them is what has changed. */
  async #mailboxes(client: MillraceClient, count: number): Promise<Mailbox[]> {
    const mailboxes: Mailbox[] = [];
    for (let n = 0; n < count; n++) {
      const email = `p${n}@bench.test`;
      await this.#control.createMailbox({ email, generate: 1 });
      const accountId = await client.connectAccount(email);
      await client.waitForEnd(await client.requestSync(accountId));
      mailboxes.push({ email, accountId, token: await accessTokenOf(this.#simulator.url, email) });
    }
    return mailboxes;
  }

  async #millrace(): Promise<Contender> {
    const nats = await connectNats(this.#stack.broker, "bench", createLogger("bench", "warn"));
    this.#nats = nats;
    return contender("millrace", ({ accountId }) =>
      publishRequest(
        nats,
        "bench",
        { tenantId, accountId },
        {
          syncId: newSyncId({ tenantId, accountId }),
          mode: "auto",
          trigger: "event",
          requestedAt: new Date().toISOString(),
        },
      ),
    );
  }

  async #peers(): Promise<Contender[]> {
    const contenders: Contender[] = [];
    for (const peer of peers) {
      const url = peer.server === "redis" ? this.#redis?.url : this.#stack.databaseUrl;
      if (url !== undefined) contenders.push(await this.#peer(peer, url));
    }
    return contenders;
  }

  async #peer(peer: Peer, url: string): Promise<Contender> {
    const client = await peer.connect(url);
    this.#clients.push(client);
    await this.#stack.startOther(peer.name, workerEntry, [peer.name, url], "peer.ready");
    const call = `${this.#simulator.url}/gmail/v1/users/me/profile`;
    return contender(peer.name, ({ token }) => client.add({ url: call, token }));
  }

  /** One request for each mailbox, one after the other. */
  async #round({ ask }: Contender, mailboxes: readonly Mailbox[]): Promise<Times> {
    await this.#control.resetCalls();
    const sent = new Map<string, number>();
    const accepted = new Map<string, number>();
    for (const mailbox of mailboxes) {
      sent.set(mailbox.email, preciseNowMs());
      await ask(mailbox);
      accepted.set(mailbox.email, preciseNowMs());
      await sleep(gapMs);
    }
    let called = new Map<string, number>();
    await until(
      async () => {
        called = await this.#firstCalls();
        return mailboxes.every(({ email }) => called.has(email));
      },
      100,
      callMsMax,
    );
    const since = (times: ReadonlyMap<string, number>): number[] =>
      mailboxes.map(({ email }) => (called.get(email) ?? Number.NaN) - (times.get(email) ?? 0));
    return { fromSent: since(sent), fromAccepted: since(accepted) };
  }

  /** When each mailbox was called first since the round began; to ask for a token is no call of its own. */
  async #firstCalls(): Promise<Map<string, number>> {
    const { calls } = await this.#control.calls();
    const first = new Map<string, number>();
    for (const { endpoint, email, firstAtMs } of calls) {
      if (email === null || endpoint === "token") continue;
      first.set(email, Math.min(first.get(email) ?? Number.POSITIVE_INFINITY, firstAtMs));
    }
    return first;
  }
}

const contender = (name: string, ask: Contender["ask"]): Contender => ({
  name,
  ask,
  idle: { fromSent: [], fromAccepted: [] },
  loaded: { fromSent: [], fromAccepted: [] },
});

const figuresOf = ({ idle, loaded }: Contender): Figures => ({
  ...quantilesOf(idle.fromSent, loaded.fromSent),
  fromAccepted: quantilesOf(idle.fromAccepted, loaded.fromAccepted),
});

const quantilesOf = (idle: readonly number[], loaded: readonly number[]): Figures => ({
  p50Ms: rounded(quantile(idle, 0.5)),
  p99Ms: rounded(quantile(idle, 0.99)),
  loadedP50Ms: rounded(quantile(loaded, 0.5)),
  loadedP99Ms: rounded(quantile(loaded, 0.99)),
});

const shown = (name: string, times: readonly number[]): string =>
  `${name} ${quantile(times, 0.5).toFixed(1)} / ${quantile(times, 0.99).toFixed(1)} ms`;
