import type { z } from "zod";

/** How to reach a Millrace: its base URL and an API key. */
export interface ApiAccess {
  readonly url: string;
  readonly key: string;
}

export interface ApiCall {
  readonly method?: "GET" | "POST" | "DELETE";
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

const answerTimeoutMs = 15_000;

/** An answer that is not the one hoped for, with the problem document's own words. */
export class ApiError extends Error {
  readonly code = "api_error";
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** Nobody answers at the API's address. */
export class UnreachableError extends Error {
  readonly code = "unreachable";

  constructor(url: string, cause: unknown) {
    super(
      `Nobody answers at ${url} (${reasonOf(cause)}). Is Millrace running (\`npm start\`), and is MILLRACE_URL right?`,
      { cause },
    );
  }
}

/** `fetch failed` says nothing: the cause below it does. */
function reasonOf(error: unknown): string {
  const { code, message, cause } = error as Error & { code?: unknown };
  if (cause instanceof Error) return reasonOf(cause);
  return typeof code === "string" ? code : message;
}

/**
 * Calls the API and reads its answer.
 *
 * @throws ApiError when the API answers with a problem, or something that is none of its answers; UnreachableError when
 *   it does not answer; the signal's reason when that was aborted
 */
export async function apiRequest<T>(
  access: ApiAccess,
  path: string,
  schema: z.ZodType<T>,
  call: ApiCall = {},
): Promise<T> {
  const { ok, status, text } = await exchange(access, path, call);
  if (!ok) throw new ApiError(status, problemText(status, text));
  try {
    return schema.parse(text === "" ? undefined : JSON.parse(text));
  } catch (cause) {
    throw new ApiError(status, `${status}: ${notMillrace}`, { cause });
  }
}

interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly text: string;
}

async function exchange(access: ApiAccess, path: string, call: ApiCall): Promise<Answer> {
  try {
    return await send(access, path, call);
  } catch (error) {
    call.signal?.throwIfAborted();
    throw new UnreachableError(access.url, error);
  }
}

async function send(access: ApiAccess, path: string, call: ApiCall): Promise<Answer> {
  const timeout = AbortSignal.timeout(answerTimeoutMs);
  const response = await fetch(new URL(path, access.url), {
    method: call.method ?? "GET",
    headers: {
      authorization: `Bearer ${access.key}`,
      ...(call.body === undefined ? {} : { "content-type": "application/json" }),
      ...call.headers,
    },
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    signal: call.signal ? AbortSignal.any([call.signal, timeout]) : timeout,
  });
  return { ok: response.ok, status: response.status, text: await response.text() };
}

const notMillrace = "This is not an answer of Millrace's API. Is MILLRACE_URL right?";

/** The words of an RFC 9457 problem document. */
export function problemText(status: number, body: string): string {
  try {
    const { title, detail } = JSON.parse(body) as { title?: string; detail?: string };
    if (title || detail) return `${status} ${[title, detail].filter(Boolean).join(": ")}`;
  } catch {
    // Not a problem document.
  }
  return `${status}: ${notMillrace}`;
}
