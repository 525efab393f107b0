import type { SizedDisk } from "./sized-disk.ts";
import type { SupervisedNats } from "./supervised-nats.ts";
import type { TcpProxy } from "./tcp-proxy.ts";

/** One way from a node to another. */
export interface Route {
  readonly from: string;
  readonly to: string;
  readonly proxy: TcpProxy;
}

const answerMsMax = 1_000;

/** Of what `/jsz` answers. */
interface JetStreamState {
  readonly meta_cluster?: { readonly leader?: string };
}

/** A nats-server of a cluster, with what is needed to look at it. */
export class NatsNode {
  readonly name: string;
  readonly server: SupervisedNats;
  readonly disk: SizedDisk;
  /** The run's own way to it. */
  readonly ownWay: TcpProxy;
  readonly #monitorUrl: string;

  constructor(name: string, server: SupervisedNats, disk: SizedDisk, monitorPort: number, ownWay: TcpProxy) {
    this.name = name;
    this.server = server;
    this.disk = disk;
    this.ownWay = ownWay;
    this.#monitorUrl = `http://127.0.0.1:${monitorPort}`;
  }

  /** It runs, and its copies of streams and consumers are as far as those of the others. */
  async isHealthy(): Promise<boolean> {
    const answer = await this.#ask("/healthz");
    return answer?.ok === true;
  }

  /** Who it takes for the leader that decides where streams are; null when it knows none. */
  async metaLeader(): Promise<string | null> {
    const answer = await this.#ask("/jsz");
    if (answer === null || !answer.ok) return null;
    return ((await answer.json()) as JetStreamState).meta_cluster?.leader ?? null;
  }

  #ask(path: string): Promise<Response | null> {
    const signal = AbortSignal.timeout(answerMsMax);
    return fetch(`${this.#monitorUrl}${path}`, { signal }).catch(() => null);
  }
}
