import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { preciseNowMs } from "../call-counters.ts";
import { faultAnswer } from "../faults/fault-answer.ts";
import type { Answer } from "../gmail/answer.ts";
import { splitUrl } from "../gmail/query-parameters.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import {
  isGoodRefreshToken,
  issueRefreshToken,
  mailboxOfRefreshToken,
  revokeConsent,
} from "../oauth/refresh-tokens.ts";
import type { Endpoint } from "../quota/price-lists.ts";
import type { SimulatorState } from "../simulator-state.ts";
import { sendAnswer } from "./send-answer.ts";

/** Of a refresh token that nobody was asked for. */
const SCOPE = "https://www.googleapis.com/auth/gmail.readonly";

/**
 * Google's OAuth endpoints: POST /token and POST /revoke.
 * https://developers.google.com/identity/protocols/oauth2/web-server#offline
 * https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke
 */
export function addTokenRoutes(app: FastifyInstance, state: SimulatorState): void {
  app.post("/token", (request, reply) => {
    const form = readForm(request);
    const isExchange = form.get("grant_type") === "authorization_code";
    const mailbox = isExchange
      ? mailboxOfCode(state, form.get("code"))
      : mailboxOf(state, form.get("refresh_token"));
    return answerOauth(state, reply, "token", mailbox, (found) =>
      isExchange ? exchangeCode(state, form) : refreshToken(state, form, found),
    );
  });
  app.post("/revoke", (request, reply) => {
    const token = readForm(request).get("token");
    return answerOauth(state, reply, "revoke", mailboxOf(state, token), (mailbox) =>
      revoke(state, mailbox, token ?? ""),
    );
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

/** https://developers.google.com/identity/protocols/oauth2/web-server#exchange-authorization-code */
function exchangeCode(state: SimulatorState, form: URLSearchParams): Answer {
  const [code, clientId, redirectUri] = ["code", "client_id", "redirect_uri"].map((name) => form.get(name));
  if (!code) return oauthError("invalid_request", "Missing required parameter: code");
  if (!clientId) return oauthError("invalid_request", "Could not determine client ID from request.");
  if (!redirectUri) return oauthError("invalid_request", "Missing required parameter: redirect_uri");
  const sent = { clientId, redirectUri, verifier: form.get("code_verifier") };
  const exchanged = state.codes.exchange(code, sent, state.now());
  if (!exchanged.ok) return oauthError(exchanged.error, exchanged.description);
  const { email, scopes, wantsRefreshToken } = exchanged.access;
  const mailbox = state.findMailbox(email);
  if (mailbox === null || !mailbox.granted) return oauthError("invalid_grant", "Token has been revoked.");
  const refresh = wantsRefreshToken
    ? {
        refresh_token: issueRefreshToken(mailbox, state.now()),
        ...(Number.isFinite(state.consentMs) && { refresh_token_expires_in: state.consentMs / 1_000 }),
      }
    : {};
  return tokenAnswer(state, mailbox, scopes.join(" "), refresh);
}

function refreshToken(state: SimulatorState, form: URLSearchParams, mailbox: Mailbox | null): Answer {
  if (form.get("grant_type") !== "refresh_token")
    return oauthError("unsupported_grant_type", `Invalid grant_type: ${form.get("grant_type") ?? ""}`);
  if (!form.has("refresh_token"))
    return oauthError("invalid_request", "Missing required parameter: refresh_token");
  if (!form.has("client_id"))
    return oauthError("invalid_request", "Could not determine client ID from request.");
  if (mailbox === null || !isGoodRefreshToken(state, mailbox, form.get("refresh_token") ?? ""))
    return oauthError("invalid_grant", "Token has been expired or revoked.");
  const allowed = mailbox.scopesByClient.get(form.get("client_id") ?? "");
  return tokenAnswer(state, mailbox, allowed === undefined ? SCOPE : [...allowed].join(" "));
}

function tokenAnswer(state: SimulatorState, mailbox: Mailbox, scope: string, more: object = {}): Answer {
  const { token, expiresInSeconds } = state.tokens.issue(mailbox.email, state.now());
  return {
    status: 200,
    headers: { "cache-control": "no-cache, no-store, max-age=0, must-revalidate" },
    body: JSON.stringify({
      access_token: token,
      expires_in: expiresInSeconds,
      ...more,
      scope,
      token_type: "Bearer",
    }),
  };
}

function revoke(state: SimulatorState, mailbox: Mailbox | null, token: string): Answer {
  if (mailbox === null || !isGoodRefreshToken(state, mailbox, token))
    return oauthError("invalid_token", "Token expired or revoked");
  revokeConsent(state, mailbox);
  return { status: 200, body: "{}" };
}

function oauthError(error: string, description: string): Answer {
  return { status: 400, body: JSON.stringify({ error, error_description: description }) };
}

function mailboxOfCode(state: SimulatorState, code: string | null): Mailbox | null {
  const email = code === null ? null : state.codes.emailOf(code);
  return email === null ? null : state.findMailbox(email);
}

/** By a refresh token, or an access token in force. */
function mailboxOf(state: SimulatorState, token: string | null): Mailbox | null {
  if (token === null) return null;
  const email = state.tokens.emailOf(token, state.now());
  return email === null ? mailboxOfRefreshToken(state, token) : state.findMailbox(email);
}

/** The form in the body, and the query: Google takes a token to revoke from either. */
function readForm(request: FastifyRequest): URLSearchParams {
  const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
  return form.size > 0 ? form : splitUrl(request.url).query;
}
