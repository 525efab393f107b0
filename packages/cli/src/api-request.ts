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

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Calls the API and reads its answer.
 *
 * @throws ApiError when the API answers with a problem; z.ZodError when the answer has another shape; TypeError
 *   when it cannot be reached.
 */
export async function apiRequest<T>(
  access: ApiAccess,
  path: string,
  schema: z.ZodType<T>,
  call: ApiCall = {},
): Promise<T> {
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
  const text = await response.text();
  if (!response.ok) throw new ApiError(response.status, problemText(response.status, text));
  return schema.parse(text === "" ? undefined : JSON.parse(text));
}

/** The words of an RFC 9457 problem document, or the start of whatever came instead. */
export function problemText(status: number, body: string): string {
  try {
    const { title, detail } = JSON.parse(body) as { title?: string; detail?: string };
    if (title || detail) return `${status} ${[title, detail].filter(Boolean).join(": ")}`;
  } catch {
    // Not a problem document.
  }
  return `${status} ${body.slice(0, 200)}`.trim();
}
