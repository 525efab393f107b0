import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "../runtime/create-logger.ts";
import type { Readiness } from "./readiness.ts";

export interface OpsServerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly log: Logger;
  readonly readiness: Readiness;
  /** All metrics in Prometheus' text format. */
  readonly scrape: () => Promise<string>;
}

export interface OpsServer {
  readonly url: string;
  /** Ends connections too: probes keep them open. */
  close(): Promise<void>;
}

/** The port is somebody else's, or the address is none of this machine's. */
export class OpsAddressError extends Error {
  readonly code = "ops_address";
  constructor(host: string, port: number, options: ErrorOptions) {
    super(
      `Nothing can listen on ${host}:${port} (${(options.cause as NodeJS.ErrnoException).code}). Set OPS_PORT to a port that is free, or to 0 for any, and OPS_HOST to an address of this machine.`,
      options,
    );
    this.name = "OpsAddressError";
  }
}

interface Answer {
  readonly status: number;
  readonly type: "application/json" | "text/plain; version=0.0.4; charset=utf-8";
  readonly body: string;
}

const connectionsMax = 64;
const requestMsMax = 5_000;

/**
 * For whoever runs the service: `/live`, `/ready`, `/metrics`. Nobody is asked for a key, so it belongs on an address
 * that only supervisors and collectors reach.
 *
 * It answers from before the service connects to anything until the very end, so that a probe always learns why.
 *
 * @throws {OpsAddressError}
 */
export async function startOpsServer(options: OpsServerOptions): Promise<OpsServer> {
  const { host, port, log } = options;
  const server = createServer((request, response) => {
    const path = request.url?.split("?", 1)[0] ?? "";
    const isRead = request.method === "GET" || request.method === "HEAD";
    void (isRead ? answerTo(path, options) : Promise.resolve(json(405, { error: "only GET and HEAD" })))
      .catch((error: unknown) => {
        log.warn({ err: error, path }, "an ops request failed");
        return json(500, { error: "see the log" });
      })
      .then((answer) => send(response, answer));
  });
  server.maxConnections = connectionsMax;
  server.requestTimeout = requestMsMax;
  server.headersTimeout = requestMsMax;
  await listen(server, host, port);
  server.unref();
  const address = server.address() as AddressInfo;
  const url = `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
  log.info({ event: "ops.listening", url }, "health and metrics are served");
  return { url, close: () => close(server) };
}

async function answerTo(path: string, { readiness, scrape }: OpsServerOptions): Promise<Answer> {
  switch (path) {
    case "/live":
      // A process whose event loop is stuck does not get here, which says the same to a prober.
      return readiness.isStopping ? json(503, { status: "stopping" }) : json(200, { status: "live" });
    case "/ready": {
      const { isReady, parts, reasons } = await readiness.check();
      return isReady
        ? json(200, { status: "ready", parts })
        : json(503, { status: "not ready", reasons, parts });
    }
    case "/metrics":
      return { status: 200, type: "text/plain; version=0.0.4; charset=utf-8", body: await scrape() };
    default:
      return json(404, { error: "there are /live, /ready and /metrics" });
  }
}

const json = (status: number, body: object): Answer => ({
  status,
  type: "application/json",
  body: `${JSON.stringify(body)}\n`,
});

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
  });
  response.end(response.req.method === "HEAD" ? undefined : body);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(new OpsAddressError(host, port, { cause: error })));
    server.listen(port, host, resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
