import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { CommandContext } from "../command.ts";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

export interface AnsweringApi {
  /** What was asked, in order. */
  readonly asked: readonly Asked[];
  readonly context: CommandContext;
  readonly stdout: () => string;
  readonly stderr: () => string;
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
      };
      asked.push(one);
      const [status, body] = answer(one, asked.length);
      const isStream = typeof body === "string";
      response.writeHead(status, { "content-type": isStream ? "text/event-stream" : "application/json" });
      response.end(isStream || body === undefined ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const written = { stdout: "", stderr: "" };
  const output = (name: "stdout" | "stderr") => ({
    write: (part: string) => {
      written[name] += part;
    },
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    asked,
    context: { stdout: output("stdout"), stderr: output("stderr"), access: { url, key: "mr_x" } },
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
