import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface AnsweringServer {
  readonly url: string;
  readonly requests: readonly IncomingMessage[];
  /** The values of a header, request by request. */
  headers(name: string): (string | undefined)[];
  stop(): void;
}

/** A server whose n-th request gets the n-th answer; the last one repeats. It does what a real API does only now and then. */
export async function serveAnswers(...answers: Answer[]): Promise<AnsweringServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answers[Math.min(requests.length, answers.length) - 1]?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    headers: (name) => requests.map(({ headers }) => headers[name]?.toString()),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };

export const problem = (status: number, code: string, headers: Record<string, string> = {}): Answer =>
  json(status, { type: "", title: code, status, code, detail: `It is ${code}.` }, headers);

/** Server-sent events; then it ends, breaks off, or stays open. */
export const stream =
  (text: string, then: "ends" | "breaks" | "stays" = "ends"): Answer =>
  (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`retry: 10\n\n${text}`);
    if (then === "ends") response.end();
    if (then === "breaks") setTimeout(() => response.destroy(), 20);
  };
