import http, { type ClientRequest, type IncomingMessage } from "node:http";
import https from "node:https";
import { checkWebhookUrl } from "./check-webhook-url.ts";
import { createResolve, lookUpAllowed, type Resolve } from "./look-up-allowed.ts";
import { type Signed, signWebhook } from "./sign-webhook.ts";
import type { WebhookAnswer } from "./webhook-answer.ts";
import type { WebhookRules } from "./webhook-rules.ts";

export interface OutgoingWebhook extends Signed {
  readonly url: string;
}

/** Never throws: whatever comes of it is an answer. @param signal ends it when the service stops */
export type SendWebhook = (webhook: OutgoingWebhook, signal: AbortSignal) => Promise<WebhookAnswer>;

/** What is read of an answer's body, so that its sender gets rid of it; nobody looks at it. */
const bodyBytesMax = 16 * 1_024;
const headerBytesMax = 16 * 1_024;

/**
 * Sends webhooks. Each goes over a connection of its own, whose address is checked when it is made; no redirect is
 * followed, and no proxy is asked, whatever the environment says.
 */
export function createWebhookSender(
  rules: WebhookRules,
  timeoutMs: number,
  resolve: Resolve = createResolve(rules),
): SendWebhook {
  const lookup = lookUpAllowed(rules, resolve);
  // Agents of our own: the global ones may be told by the environment to use a proxy.
  const agents = {
    "https:": new https.Agent({ keepAlive: false, maxCachedSessions: 0 }),
    "http:": new http.Agent({ keepAlive: false }),
  } as const;
  return async (webhook, signal) => {
    const checked = checkWebhookUrl(webhook.url, rules);
    if (!checked.ok) return failed(refusedAddress);
    const { url } = checked;
    const deadline = AbortSignal.timeout(timeoutMs);
    const isPlain = url.protocol === "http:";
    try {
      const request = (isPlain ? http : https).request(url, {
        method: "POST",
        agent: agents[isPlain ? "http:" : "https:"],
        lookup,
        signal: AbortSignal.any([signal, deadline]),
        maxHeaderSize: headerBytesMax,
        ...(isPlain ? {} : { rejectUnauthorized: true }),
        headers: headersOf(webhook),
      });
      const response = await answerOf(request, webhook.body);
      await drain(response);
      return answerOfStatus(response);
    } catch (error) {
      return failed(deadline.aborted ? "no answer in time" : describe(error));
    }
  };
}

const headersOf = (webhook: OutgoingWebhook): Record<string, string | number> => ({
  "content-type": "application/json",
  "content-length": Buffer.byteLength(webhook.body),
  "user-agent": "Millrace-Webhooks/1",
  ...signWebhook(webhook, new Date()),
});

function answerOf(request: ClientRequest, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once("response", resolve);
    request.on("error", reject); // also after an answer: its body may break off
    // Without a listener the client would hand the socket over and wait.
    request.once("upgrade", (_response, socket) => {
      socket.destroy();
      reject(new Error("another protocol"));
    });
    request.end(body);
  });
}

/** Reads a little of the body and lets go of the connection; a body that breaks off changes nothing. */
async function drain(response: IncomingMessage): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of response) {
      bytes += (chunk as Buffer).length;
      if (bytes > bodyBytesMax) break;
    }
  } catch {
    // The status has come, and that is what counts.
  } finally {
    response.destroy();
  }
}

function answerOfStatus({ statusCode = 0, headers }: IncomingMessage): WebhookAnswer {
  if (statusCode >= 200 && statusCode < 300) return { kind: "taken", status: statusCode };
  if (statusCode === 410) return { kind: "gone", status: statusCode };
  const error = statusCode >= 300 && statusCode < 400 ? "redirects are not followed" : `status ${statusCode}`;
  const seconds = /^\d{1,9}$/.exec(headers["retry-after"] ?? "")?.[0];
  const retryAfterMs = seconds === undefined ? null : Number(seconds) * 1_000;
  return { kind: "failed", status: statusCode, error, retryAfterMs };
}

const refusedAddress = "the URL leads to no public address";

const failed = (error: string): WebhookAnswer => ({
  kind: "failed",
  status: null,
  error,
  retryAfterMs: null,
});

/** Codes of Node's and OpenSSL's, which say what went wrong without saying where; messages would name addresses. */
function describe(error: unknown): string {
  const { code } = error as { code?: unknown };
  if (code === "address_refused") return refusedAddress;
  return typeof code === "string" && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : "no connection";
}
