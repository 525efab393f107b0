import { once } from "node:events";
import { createServer, connect as openSocket, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** What is wrong with a link; several may be at once. */
export type LinkTrouble =
  /** Connections are reset, new ones refused. */
  | { readonly kind: "refused" }
  /** Nothing passes, nobody is told. */
  | { readonly kind: "stalled" }
  /** Every piece waits for `latencyMs`, and passes at this rate. */
  | { readonly kind: "slow"; readonly latencyMs: number; readonly bytesPerSecond: number };

/** One way to a server, through a port of our own, that can be troubled. */
export interface TcpProxy {
  readonly port: number;
  /** Troubles the link until the returned function is called. */
  trouble(trouble: LinkTrouble): () => Promise<void>;
  /** Resets the connections that are open now. */
  cut(): void;
  /**
   * The connections that are open now go silent for good, as when a firewall forgets them: the client hears nothing
   * any more, not even an end. The server's side is closed after `serverNoticesMs`, as its keep-alives would do.
   */
  vanish(serverNoticesMs: number): void;
  close(): Promise<void>;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  /** It carries nothing any more; its client is not told. */
  lost: boolean;
}

const listenRetryMs = 100;
const pieceBytesMax = 16 * 1024;

/**
 * Listens on a port of the loopback interface and passes everything on to another one.
 *
 * @param upstreamPort asked for each connection anew where it is a function
 */
export async function startTcpProxy(port: number, upstreamPort: number | (() => number)): Promise<TcpProxy> {
  const proxy = new LinkProxy(port, typeof upstreamPort === "number" ? () => upstreamPort : upstreamPort);
  await proxy.listen();
  return proxy;
}

class LinkProxy implements TcpProxy {
  readonly port: number;
  readonly #upstreamPort: () => number;
  readonly #troubles = new Set<LinkTrouble>();
  readonly #links = new Set<Link>();
  #changed = Promise.withResolvers<void>();
  #server: Server | null = null;
  #listening: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(port: number, upstreamPort: () => number) {
    this.port = port;
    this.#upstreamPort = upstreamPort;
  }

  listen(): Promise<void> {
    this.#listening = this.#listening.then(() => this.#listenNow());
    return this.#listening;
  }

  trouble(trouble: LinkTrouble): () => Promise<void> {
    this.#troubles.add(trouble);
    if (trouble.kind === "refused") {
      this.#server?.close();
      this.#server = null;
      this.cut();
    }
    this.#wake();
    return async () => {
      if (!this.#troubles.delete(trouble)) return;
      this.#wake();
      if (trouble.kind === "refused") await this.listen();
    };
  }

  cut(): void {
    for (const { client, server } of this.#links) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  vanish(serverNoticesMs: number): void {
    for (const link of this.#links) {
      if (link.lost) continue;
      link.lost = true;
      link.client.pause();
      link.server.pause();
      setTimeout(() => link.server.destroy(), serverNoticesMs).unref();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#server?.close();
    this.#server = null;
    this.cut();
    this.#wake();
    await this.#listening;
  }

  /** A port that was given up for a while may be somebody's for a moment. */
  async #listenNow(): Promise<void> {
    while (!this.#closed && this.#server === null && !this.#has("refused")) {
      const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#connect(client));
      server.listen({ port: this.port, host: "127.0.0.1", exclusive: true });
      try {
        await once(server, "listening");
        if (this.#closed || this.#has("refused")) server.close();
        else this.#server = server;
      } catch {
        await sleep(listenRetryMs);
      }
    }
  }

  #connect(client: Socket): void {
    const server = openSocket({
      port: this.#upstreamPort(),
      host: "127.0.0.1",
      allowHalfOpen: true,
      noDelay: true,
    });
    const link: Link = { client, server, lost: false };
    this.#links.add(link);
    const drop = () => {
      if (!link.lost) {
        client.resetAndDestroy();
        server.resetAndDestroy();
      }
    };
    client.on("error", drop);
    server.on("error", drop);
    client.on("close", () => {
      this.#links.delete(link);
      server.destroy();
    });
    server.on("close", () => {
      if (!link.lost) client.destroy();
    });
    void this.#pump(link, client, server);
    void this.#pump(link, server, client);
  }

  async #pump(link: Link, from: Socket, to: Socket): Promise<void> {
    try {
      // A link that is left because it is lost must not be closed by leaving it.
      const arriving: AsyncIterable<Buffer> = from.iterator({ destroyOnReturn: false });
      for await (const data of arriving) {
        for (let at = 0; at < data.length; at += pieceBytesMax) {
          const piece = data.subarray(at, at + pieceBytesMax);
          await this.#pass(piece.length);
          if (link.lost) return;
          if (!to.write(piece)) await drained(to);
        }
      }
      await this.#pass(0);
      if (!link.lost) to.end();
    } catch {
      // One side is gone; the handlers above close the other.
    }
  }

  /** Settles when a piece may pass. */
  async #pass(bytes: number): Promise<void> {
    while (this.#has("stalled") && !this.#closed) await this.#changed.promise;
    for (const trouble of this.#troubles) {
      if (trouble.kind === "slow") await sleep(trouble.latencyMs + (1_000 * bytes) / trouble.bytesPerSecond);
    }
  }

  #has(kind: LinkTrouble["kind"]): boolean {
    return [...this.#troubles].some((trouble) => trouble.kind === kind);
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

async function drained(socket: Socket): Promise<void> {
  const done = new AbortController();
  try {
    await Promise.race([
      once(socket, "drain", { signal: done.signal }),
      once(socket, "close", { signal: done.signal }),
    ]);
  } finally {
    done.abort();
  }
  if (socket.destroyed) throw new Error("closed");
}
