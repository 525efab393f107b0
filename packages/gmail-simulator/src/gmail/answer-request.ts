import { preciseNowMs } from "../call-counters.ts";
import { faultAnswer } from "../faults/fault-answer.ts";
import type { FaultEffect } from "../faults/fault-rule.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { SimulatorState } from "../simulator-state.ts";
import {
  type Answer,
  delegationDenied,
  notFound,
  projectRateLimited,
  tooManyConcurrent,
  unauthenticated,
  userRateLimited,
} from "./answer.ts";
import { getAttachment } from "./calls/get-attachment.ts";
import { getMessage } from "./calls/get-message.ts";
import { getProfile } from "./calls/get-profile.ts";
import { listHistory } from "./calls/list-history.ts";
import { getLabel, listLabels } from "./calls/list-labels.ts";
import { listMessages } from "./calls/list-messages.ts";
import { stopWatch, watchMailbox } from "./calls/watch-mailbox.ts";
import type { GmailRequest, GmailRoute } from "./gmail-call.ts";
import { splitUrl } from "./query-parameters.ts";

/** https://developers.google.com/gmail/api/reference/rest */
const routes: readonly GmailRoute[] = [
  { endpoint: "profile", method: "GET", pattern: /^\/profile$/, handle: getProfile },
  { endpoint: "messages.list", method: "GET", pattern: /^\/messages$/, handle: listMessages },
  { endpoint: "messages.get", method: "GET", pattern: /^\/messages\/([^/]+)$/, handle: getMessage },
  {
    endpoint: "attachments.get",
    method: "GET",
    pattern: /^\/messages\/([^/]+)\/attachments\/([^/]+)$/,
    handle: getAttachment,
  },
  { endpoint: "labels.list", method: "GET", pattern: /^\/labels$/, handle: listLabels },
  { endpoint: "labels.get", method: "GET", pattern: /^\/labels\/([^/]+)$/, handle: getLabel },
  { endpoint: "history.list", method: "GET", pattern: /^\/history$/, handle: listHistory },
  { endpoint: "watch", method: "POST", pattern: /^\/watch$/, handle: watchMailbox },
  { endpoint: "stop", method: "POST", pattern: /^\/stop$/, handle: stopWatch },
];

/** An answer and what a fault still does to it on the wire. */
export interface FaultedAnswer {
  readonly answer: Answer;
  readonly effect: FaultEffect | null;
}

/**
 * Answers one request, alone or as a part of a batch: route, fault rules, access token, user, concurrency,
 * quota, handler, in this order. Waits for latency and hangs; resets and cut bodies are left to the caller.
 * Counts the call. Never throws for what a client sent.
 */
export async function answerRequest(state: SimulatorState, request: GmailRequest): Promise<FaultedAnswer> {
  const firstAtMs = preciseNowMs();
  const { route, userId, ids, query } = matchRoute(request);
  const endpoint = route?.endpoint ?? "unknown";
  const token = /^Bearer (\S+)$/i.exec(request.authorization ?? "")?.[1] ?? "";
  const email = state.tokens.emailOf(token, state.now());
  const subject = { endpoint, email, messageId: ids[0] ?? null, inBatch: request.inBatch };
  const effect = state.faults.decide(subject);
  const count = (status: number, units = 0): void =>
    state.counters.add({ endpoint, email, status, inBatch: request.inBatch, units, firstAtMs });
  if (effect?.kind === "latency" || effect?.kind === "hang") await pause(effect.ms);
  if (effect?.kind === "expiredToken") state.tokens.expire(token);
  if (effect?.kind === "reset") {
    count(0);
    return { answer: { status: 503, body: "" }, effect };
  }
  const faulted = effect === null ? null : faultAnswer(effect, false, state.now());
  if (faulted !== null) {
    count(faulted.status);
    return { answer: faulted, effect };
  }
  const mailbox = email === null ? null : state.findMailbox(email);
  const { answer, units } = await letIn(state, request, { route, userId, ids, query, mailbox });
  count(answer.status, units);
  return { answer, effect };
}

interface MatchedRoute {
  readonly route: GmailRoute | null;
  readonly userId: string;
  readonly ids: readonly string[];
  readonly query: URLSearchParams;
}

function matchRoute(request: GmailRequest): MatchedRoute {
  const { path, query } = splitUrl(request.url);
  const match = /^\/gmail\/v1\/users\/([^/]+)(\/.*)$/.exec(path);
  const rest = match?.[2] ?? "";
  for (const route of routes) {
    const ids = route.method === request.method ? route.pattern.exec(rest) : null;
    if (ids !== null)
      return { route, userId: decodeSegment(match?.[1] ?? ""), ids: ids.slice(1).map(decodeSegment), query };
  }
  return { route: null, userId: "", ids: [], query };
}

async function letIn(
  state: SimulatorState,
  request: GmailRequest,
  { route, userId, ids, query, mailbox }: MatchedRoute & { readonly mailbox: Mailbox | null },
): Promise<{ answer: Answer; units: number }> {
  if (route === null) return { answer: notFound(), units: 0 };
  if (mailbox === null) return { answer: unauthenticated(), units: 0 };
  if (userId !== "me" && userId.toLowerCase() !== mailbox.email)
    return { answer: delegationDenied(mailbox.email), units: 0 };
  if (!state.enter(mailbox.email)) return { answer: tooManyConcurrent(), units: 0 };
  try {
    const charge = state.meter.charge(route.endpoint, mailbox.email, state.now());
    if (!charge.ok) {
      const answer = charge.scope === "user" ? userRateLimited(charge.retryAtMs) : projectRateLimited();
      return { answer, units: 0 };
    }
    const answer = await route.handle({ state, mailbox, ids, query, body: request.body });
    return { answer, units: charge.units };
  } finally {
    state.leave(mailbox.email);
  }
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** Ends early when the simulator closes: the timer keeps no process alive. */
async function pause(ms: number): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, ms).unref());
}
