import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { preciseNowMs } from "../call-counters.ts";
import { faultAnswer } from "../faults/fault-answer.ts";
import type { Answer } from "../gmail/answer.ts";
import { splitUrl } from "../gmail/query-parameters.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { Endpoint } from "../quota/price-lists.ts";
import type { SimulatorState } from "../simulator-state.ts";
import { sendAnswer } from "./send-answer.ts";

const REFRESH_PREFIX = "sim-refresh-";
const SCOPE = "https://www.googleapis.com/auth/gmail.readonly";

/** The refresh token that works for a mailbox until it is revoked. */
export function refreshTokenOf(email: string): string {
  return `${REFRESH_PREFIX}${email}`;
}

/**
 * Google's OAuth endpoints: POST /token (grant_type=refresh_token) and POST /revoke.
 * https://developers.google.com/identity/protocols/oauth2/web-server#offline
 * https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke
 */
export function addTokenRoutes(app: FastifyInstance, state: SimulatorState): void {
  app.post("/token", (request, reply) =>
    answerOauth(state, reply, "token", mailboxOf(state, readForm(request).get("refresh_token")), (mailbox) =>
      issueToken(state, readForm(request), mailbox),
    ),
  );
  app.post("/revoke", (request, reply) => {
    const token = readForm(request).get("token");
    return answerOauth(state, reply, "revoke", mailboxOf(state, token), (mailbox) => revoke(state, mailbox));
  });
}

async function answerOauth(
  state: SimulatorState,
  reply: FastifyReply,
  endpoint: Endpoint,
  mailbox: Mailbox | null,
  answerIt: (mailbox: Mailbox | null) => Answer,
): Promise<FastifyReply> {
  const firstAtMs = preciseNowMs();
  const email = mailbox?.email ?? null;
  const effect = state.faults.decide({ endpoint, email, messageId: null, inBatch: false });
  if (effect?.kind === "latency" || effect?.kind === "hang")
    await sleep(effect.ms, undefined, { ref: false });
  const faulted = effect === null ? null : faultAnswer(effect, true, state.now());
  const answer = faulted ?? answerIt(mailbox);
  state.counters.add({
    endpoint,
    email,
    status: effect?.kind === "reset" ? 0 : answer.status,
    inBatch: false,
    units: 0,
    firstAtMs,
  });
  return sendAnswer(reply, answer, effect);
}

function issueToken(state: SimulatorState, form: URLSearchParams, mailbox: Mailbox | null): Answer {
  if (form.get("grant_type") !== "refresh_token")
    return oauthError("unsupported_grant_type", `Invalid grant_type: ${form.get("grant_type") ?? ""}`);
  if (!form.has("refresh_token"))
    return oauthError("invalid_request", "Missing required parameter: refresh_token");
  if (!form.has("client_id"))
    return oauthError("invalid_request", "Could not determine client ID from request.");
  if (mailbox === null || !mailbox.granted)
    return oauthError("invalid_grant", "Token has been expired or revoked.");
  const { token, expiresInSeconds } = state.tokens.issue(mailbox.email, state.now());
  return {
    status: 200,
    headers: { "cache-control": "no-cache, no-store, max-age=0, must-revalidate" },
    body: JSON.stringify({
      access_token: token,
      expires_in: expiresInSeconds,
      scope: SCOPE,
      token_type: "Bearer",
    }),
  };
}

function revoke(state: SimulatorState, mailbox: Mailbox | null): Answer {
  if (mailbox === null || !mailbox.granted) return oauthError("invalid_token", "Token expired or revoked");
  mailbox.granted = false;
  state.tokens.expireAll(mailbox.email);
  return { status: 200, body: "{}" };
}

function oauthError(error: string, description: string): Answer {
  return { status: 400, body: JSON.stringify({ error, error_description: description }) };
}

/** By a refresh token, or an access token in force. */
function mailboxOf(state: SimulatorState, token: string | null): Mailbox | null {
  if (token === null) return null;
  if (token.startsWith(REFRESH_PREFIX)) return state.findMailbox(token.slice(REFRESH_PREFIX.length));
  const email = state.tokens.emailOf(token, state.now());
  return email === null ? null : state.findMailbox(email);
}

/** The form in the body, and the query: Google takes a token to revoke from either. */
function readForm(request: FastifyRequest): URLSearchParams {
  const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
  return form.size > 0 ? form : splitUrl(request.url).query;
}
