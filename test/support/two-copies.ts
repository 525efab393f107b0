import { randomUUID } from "node:crypto";

/** How a request went that was answered by none of the copies. */
export interface Unanswered {
  readonly path: string;
  readonly why: readonly string[];
}

/**
 * A client of two copies of the API, as a balancer is: it asks one, and the other when the first cannot be reached or says
 * that it is stopping. What neither answers is noted.
 */
export class TwoCopies {
  readonly unanswered: Unanswered[] = [];
  answered = 0;
  /** How often the second one was needed. */
  passedOn = 0;
  readonly #urls: readonly [string, string];
  readonly #key: string;
  #turn = 0;

  constructor(urls: readonly [string, string], key: string) {
    this.#urls = urls;
    this.#key = key;
  }

  /** @throws Error when no copy answers, or one with an error */
  async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const why: string[] = [];
    const first = this.#turn++ % 2;
    // A request that is passed on is the same request.
    const requestKey = randomUUID();
    for (const url of [this.#urls[first], this.#urls[1 - first]]) {
      const answer = await this.#ask(`${url}${path}`, method, body, requestKey);
      if (typeof answer !== "string") {
        this.answered++;
        this.passedOn += why.length;
        return answer.json as T;
      }
      why.push(answer);
    }
    this.unanswered.push({ path: `${method} ${path}`, why });
    throw new Error(`${method} ${path}: ${why.join("; ")}`);
  }

  /** A stream of one of the copies; null when that one is away. */
  async openStream(path: string, lastEventId: string | null, signal: AbortSignal): Promise<Response | null> {
    const url = this.#urls[this.#turn++ % 2];
    const headers = {
      ...this.#headers(),
      ...(lastEventId === null ? {} : { "last-event-id": lastEventId }),
    };
    const response = await fetch(`${url}${path}`, { headers, signal }).catch(() => null);
    return response?.ok ? response : null;
  }

  #headers(): Record<string, string> {
    return { authorization: `Bearer ${this.#key}` };
  }

  async #ask(
    url: string,
    method: string,
    body: unknown,
    requestKey: string,
  ): Promise<string | { readonly json: unknown }> {
    try {
      const response = await fetch(url, {
        method,
        headers: {
          ...this.#headers(),
          ...(method === "GET" ? {} : { "idempotency-key": requestKey }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return response.ok ? { json: JSON.parse(text) } : `${response.status}: ${text.slice(0, 200)}`;
    } catch (error) {
      return String((error as Error).cause ?? error);
    }
  }
}
