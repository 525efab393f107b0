import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request as it came. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly atMs: number;
}

/** What a receiver does with a request: a status, or whatever it likes with the response. */
export type Respond = (request: Received, response: ServerResponse) => number | undefined;

/** A server that takes whatever is posted to it. */
export interface Receiver {
  readonly url: string;
  /** Everything that has come, in order. */
  readonly received: readonly Received[];
  /** Connections that were made to it, whether anything was said over them or not. */
  connections(): number;
  /** From now on; 204 at first. */
  respond(how: Respond | number): void;
  stop(): Promise<void>;
}

export async function startReceiver(host = "127.0.0.1"): Promise<Receiver> {
  const received: Received[] = [];
  let connections = 0;
  let respond: Respond = () => 204;
  const server = createServer(async (request, response) => {
    try {
      const one = await read(request);
      received.push(one);
      const status = respond(one, response);
      if (status !== undefined) response.writeHead(status).end();
    } catch {
      response.destroy(); // the sender has left
    }
  });
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    connections: () => connections,
    respond: (how) => {
      respond = typeof how === "number" ? () => how : how;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = "", url: path = "", headers } = request;
  return {
    method,
    path,
    headers: single(headers),
    body: Buffer.concat(chunks).toString("utf8"),
    atMs: Date.now(),
  };
}

const single = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
