import { MillraceError } from "../millrace-error.ts";
import type {
  AnswerOf,
  CallOptions,
  ItemOf,
  ListPath,
  Method,
  PartsOf,
  PathOf,
  QueryOf,
} from "./call-types.ts";
import { decideRetry } from "./decide-retry.ts";
import { type Connection, exchange, type HttpRequest } from "./exchange.ts";
import { type Listing, listPages } from "./listing.ts";
import { fillPath, type Query } from "./path.ts";
import { wait } from "./wait.ts";

export interface HowToCall extends CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Doing it twice is doing it once, so that it may be repeated when its answer was lost. Reading is, always. */
  readonly isRepeatable?: boolean;
}

/** Calls routes of the API by their names in its description. */
export class Caller {
  readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** @throws MillraceError; the signal's reason */
  json<M extends Method, P extends PathOf<M>>(
    method: M,
    path: P,
    parts: PartsOf<M, P>,
    how: HowToCall = {},
  ): Promise<AnswerOf<M, P>> {
    const request = requestOf(method, path, parts, how);
    return this.#repeat(request, how, readJson) as Promise<AnswerOf<M, P>>;
  }

  /** The answer itself, whose body is read as it comes: mail, attachments, exports. */
  raw<P extends PathOf<"get">>(path: P, parts: PartsOf<"get", P>, how: HowToCall = {}): Promise<Response> {
    return this.#repeat(requestOf("get", path, parts, how), how, async (response) => response);
  }

  /** A route that lists, from its first page to its last. */
  list<P extends ListPath>(path: P, parts: PartsOf<"get", P>, how: CallOptions = {}): Listing<ItemOf<P>> {
    const query = parts.query as QueryOf<P> | undefined;
    return listPages(async (page, signal) => {
      const asked = { ...parts, query: { ...query, ...page } } as PartsOf<"get", P>;
      const answer = await this.json("get", path, asked, { signal: signal ?? how.signal });
      return answer as unknown as { items: ItemOf<P>[]; nextCursor: string | null };
    });
  }

  async #repeat<T>(
    request: HttpRequest,
    { isRepeatable = request.method === "GET" }: HowToCall,
    take: (response: Response) => Promise<T>,
  ): Promise<T> {
    for (let repeated = 0; ; repeated += 1) {
      try {
        return await exchange(this.connection, request, take);
      } catch (error) {
        const repetitionsMax = this.connection.retries;
        const waitMs = decideRetry({ error, isRepeatable, repeated, repetitionsMax, random: Math.random() });
        if (waitMs === null) throw error;
        await wait(waitMs, request.signal);
      }
    }
  }
}

function requestOf(
  method: Method,
  path: string,
  parts: { readonly path?: unknown; readonly query?: unknown; readonly body?: unknown },
  { headers = {}, signal }: HowToCall,
): HttpRequest {
  return {
    method: method.toUpperCase(),
    path: fillPath(path, parts.path as Record<string, string> | undefined, parts.query as Query | undefined),
    headers: { ...headers, ...(parts.body === undefined ? {} : { "content-type": "application/json" }) },
    body: parts.body === undefined ? undefined : JSON.stringify(parts.body),
    signal,
  };
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MillraceError({
      code: "unreadable",
      detail: "The answer is none of Millrace's. Does baseUrl lead to sync-api, and what stands in between?",
      status: response.status,
      requestId: response.headers.get("x-request-id"),
      cause,
    });
  }
}
