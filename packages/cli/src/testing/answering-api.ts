import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type Ran, runAsTyped } from "./run-as-typed.ts";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  /** Of a stream: after what it begins. */
  readonly lastEventId?: string | undefined;
}

export interface AnsweringApi {
  readonly url: string;
  /** What was asked, in order. */
  readonly asked: readonly Asked[];
  /** `millrace …` against it. */
  readonly millrace: (...args: string[]) => Promise<Ran>;
  readonly close: () => void;
}

type Answer = readonly [status: number, body?: unknown];

/** A server that answers each request by what it asks: an object as JSON, a text as a stream of events. */
export async function startAnsweringApi(answer: (asked: Asked, n: number) => Answer): Promise<AnsweringApi> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => {
      text += chunk;
    });
    request.on("end", () => {
      const one = {
        method: request.method ?? "",
        path: request.url ?? "",
        body: text === "" ? undefined : JSON.parse(text),
        ...lastEventIdOf(request),
      };
      asked.push(one);
      const [status, body] = answer(one, asked.length);
      const isStream = typeof body === "string";
      response.writeHead(status, { "content-type": isStream ? "text/event-stream" : "application/json" });
      response.end(isStream || body === undefined ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    millrace: (...args) => runAsTyped(args, { env: { MILLRACE_URL: url, MILLRACE_KEY: "mr_x" } }),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function lastEventIdOf({ headers }: IncomingMessage): { lastEventId?: string } {
  const id = headers["last-event-id"];
  return typeof id === "string" ? { lastEventId: id } : {};
}
