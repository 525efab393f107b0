/** An answer of the API, whatever its status. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Call {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const timeoutMs = 10_000;

/** One tenant's view of the API, which several copies serve: each call goes to one of them, by turns. */
export class ApiClient {
  readonly #urls: readonly string[];
  readonly #key: string;
  #turn = 0;

  constructor(urls: readonly string[], key: string) {
    this.#urls = urls;
    this.#key = key;
  }

  /** @throws what `fetch` throws when no answer comes within ten seconds */
  async call({ method, path, body, headers }: Call): Promise<ApiAnswer> {
    const response = await fetch(`${this.#nextUrl()}${path}`, {
      method,
      headers: this.#headers({
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      }),
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: parseBody(await response.text()) };
  }

  /** Opens a stream of server-sent events. */
  openStream(path: string, lastEventId: string | null, signal: AbortSignal): Promise<Response> {
    return fetch(`${this.#nextUrl()}${path}`, {
      headers: this.#headers({
        accept: "text/event-stream",
        ...(lastEventId === null ? {} : { "last-event-id": lastEventId }),
      }),
      signal,
    });
  }

  #headers(more: Readonly<Record<string, string>>): Record<string, string> {
    return { authorization: `Bearer ${this.#key}`, ...more };
  }

  #nextUrl(): string {
    return this.#urls[this.#turn++ % this.#urls.length] as string;
  }
}

function parseBody(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
