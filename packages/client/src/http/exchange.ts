import { errorOfResponse, MillraceError } from "../millrace-error.ts";
import type { KeyHolder } from "./key-holder.ts";

/** How the API is reached. */
export interface Connection {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly keys: KeyHolder;
  readonly fetch: typeof fetch;
  /** For an answer to be there, in milliseconds; a body that is streamed may take longer. */
  readonly answerMsMax: number;
  /** A live stream that says nothing for so long, heartbeats included, is dead. */
  readonly silenceMsMax: number;
  readonly retries: number;
}

export interface HttpRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a request once, or twice if the key was refused and another one can be had.
 *
 * @param take reads the answer, within the time that it has
 * @throws MillraceError; the signal's reason
 */
export async function exchange<T>(
  connection: Connection,
  request: HttpRequest,
  take: (response: Response) => Promise<T>,
): Promise<T> {
  const limit = limitTime(connection.answerMsMax, request.signal);
  try {
    const response = await sendWithKey(connection, request, limit.signal);
    if (!response.ok && response.status !== 304) throw await errorOfResponse(response);
    return await take(response);
  } catch (error) {
    request.signal?.throwIfAborted();
    if (error instanceof MillraceError) throw error;
    throw limit.isOver() ? lateError(connection) : unreachableError(connection, error);
  } finally {
    limit.clear();
  }
}

async function sendWithKey(
  connection: Connection,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<Response> {
  const key = await keyOf(connection);
  const response = await send(connection, request, key, signal);
  if (response.status !== 401 || !(await connection.keys.refuse(key))) return response;
  await response.body?.cancel();
  return send(connection, request, await keyOf(connection), signal);
}

async function keyOf({ keys }: Connection): Promise<string | null> {
  try {
    return await keys.get();
  } catch (cause) {
    if (cause instanceof MillraceError) throw cause;
    const detail = `The function \`key\` has failed: ${reasonOf(cause)}`;
    throw new MillraceError({ code: "unreachable", detail, cause });
  }
}

async function send(
  connection: Connection,
  { method, path, headers, body }: HttpRequest,
  key: string | null,
  signal: AbortSignal,
): Promise<Response> {
  try {
    return await connection.fetch(`${connection.baseUrl}${path}`, {
      method,
      headers: { ...headers, ...(key === null ? {} : { authorization: `Bearer ${key}` }) },
      ...(body === undefined ? {} : { body }),
      signal,
      cache: "no-store",
      redirect: "error", // the key is for this server
    });
  } catch (error) {
    // A page may not read the refusal of a token that is long forgotten, and it looks like this.
    await connection.keys.refuse(key);
    throw error;
  }
}

const lateError = ({ baseUrl, answerMsMax }: Connection): MillraceError =>
  new MillraceError({
    code: "timeout",
    detail: `${baseUrl || "The server"} has not answered within ${answerMsMax / 1_000} s.`,
  });

const unreachableError = ({ baseUrl }: Connection, cause: unknown): MillraceError =>
  new MillraceError({
    code: "unreachable",
    detail:
      `Nobody answers at ${baseUrl || "this page's origin"} (${reasonOf(cause)}). Is Millrace running, is baseUrl right, ` +
      "and is this page's origin one of the tenant's `browserOrigins`?",
    cause,
  });

/** `fetch failed` says nothing: the cause below it does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const { code } = error as Error & { code?: unknown };
  return typeof code === "string" ? code : error.message;
}

interface TimeLimit {
  readonly signal: AbortSignal;
  isOver(): boolean;
  clear(): void;
}

/** Aborts after a time, or when the outer signal does; after `clear` it is the outer one alone that still ends a body. */
function limitTime(ms: number, outer: AbortSignal | undefined): TimeLimit {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), ms);
  return {
    signal: outer === undefined ? timeout.signal : AbortSignal.any([timeout.signal, outer]),
    isOver: () => timeout.signal.aborted,
    clear: () => clearTimeout(timer),
  };
}
