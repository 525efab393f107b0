import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import type { FuzzRequest } from "./make-requests.ts";

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** Nothing takes longer. */
const answerMsMax = 10_000;
const textCharsMax = 1_000_000;

/** Sends requests as they are, over few connections. */
export class Sender {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });
  readonly #origin: URL;

  constructor(apiUrl: string) {
    this.#origin = new URL(apiUrl);
  }

  /** @returns null: no answer came in time */
  async send(fuzz: FuzzRequest, headers: Readonly<Record<string, string>>): Promise<Answer | null> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        {
          agent: this.#agent,
          hostname: this.#origin.hostname,
          port: this.#origin.port,
          method: fuzz.route.method,
          path: fuzz.url,
          headers: {
            ...fuzz.headers,
            ...headers,
            ...(fuzz.body === null
              ? {}
              : {
                  "content-type": fuzz.body.contentType,
                  "content-length": Buffer.byteLength(fuzz.body.text),
                }),
          },
          timeout: answerMsMax,
        },
        (response) => {
          answerOf(response, fuzz.route.isStream).then(resolve, reject);
        },
      );
      request.on("timeout", () => {
        resolve(null);
        request.destroy();
      });
      // A server that refuses a body before it has read it closes the connection; its answer may have come.
      request.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code === "EPIPE" || error.code === "ECONNRESET")
          resolve({ status: 413, contentType: "", text: "" });
        else reject(error);
      });
      request.end(fuzz.body?.text);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function answerOf(response: IncomingMessage, isStream: boolean): Promise<Answer> {
  const status = response.statusCode ?? 0;
  const contentType = response.headers["content-type"] ?? "";
  if (isStream && status === 200) {
    response.destroy();
    return { status, contentType, text: "" };
  }
  let text = "";
  response.setEncoding("utf8");
  for await (const part of response) if (text.length < textCharsMax) text += part;
  return { status, contentType, text };
}
