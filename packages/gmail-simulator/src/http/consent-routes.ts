import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { splitUrl } from "../gmail/query-parameters.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import {
  type AuthorizationRequest,
  type ReadRequest,
  readAuthorizationRequest,
} from "../oauth/authorization-request.ts";
import { NEW_MESSAGES, renderConsentPage, renderRefusal } from "../oauth/consent-page.ts";
import type { SimulatorState } from "../simulator-state.ts";

const PATH = "/o/oauth2/v2/auth";

/**
 * Google's authorization endpoint: a page where a person chooses a mailbox, and allows or denies. Who has no browser
 * posts the same form to the same address, with `email` and `decision=allow` (all that is asked for) or `deny`.
 * https://developers.google.com/identity/protocols/oauth2/web-server#creatingclient
 */
export function addConsentRoutes(app: FastifyInstance, state: SimulatorState): void {
  app.get(PATH, async (request, reply) => {
    const read = readAuthorizationRequest(splitUrl(request.url).query);
    return read.ok ? showPage(reply, state, read.request) : refuse(reply, read);
  });
  app.post(PATH, async (request, reply) => {
    const read = readAuthorizationRequest(splitUrl(request.url).query);
    if (!read.ok) return refuse(reply, read);
    const form = formOf(request);
    if (form.get("decision") !== "allow") return sendBack(reply, read.request, { error: "access_denied" });
    const email = emailSchema.safeParse(form.get("email") || form.get("other"));
    if (!email.success) return showPage(reply, state, read.request, "Choose a mailbox, or type an address.");
    const mailbox = state.findMailbox(email.data) ?? (await makeMailbox(state, email.data));
    return allow(reply, state, read.request, mailbox, allowedScopes(read.request, form));
  });
}

/** Of which it is remembered what one mailbox's owner has allowed them. */
const CLIENTS_MAX = 1_000;

const emailSchema = z.email().max(320);

const makeMailbox = (state: SimulatorState, email: string): Promise<Mailbox> =>
  state.addMailbox({ email, generate: NEW_MESSAGES });

/** The page's boxes say what; a form without them allows everything. */
function allowedScopes({ scopes }: AuthorizationRequest, form: URLSearchParams): readonly string[] {
  if (!form.has("chosen")) return scopes;
  return scopes.filter((scope) => form.getAll("scope").includes(scope));
}

function allow(
  reply: FastifyReply,
  state: SimulatorState,
  request: AuthorizationRequest,
  mailbox: Mailbox,
  allowed: readonly string[],
): FastifyReply {
  const { clientId, redirectUri, challenge } = request;
  const before = mailbox.scopesByClient.get(clientId);
  const scopes = [...new Set([...(request.includesGranted ? (before ?? []) : []), ...allowed])];
  // As Google does it: later consents of the same person give a refresh token only if the person was asked anew.
  const wantsRefreshToken = request.isOffline && (request.asksAgain || before === undefined);
  mailbox.granted = true;
  if (mailbox.scopesByClient.size >= CLIENTS_MAX) mailbox.scopesByClient.clear();
  mailbox.scopesByClient.set(clientId, new Set([...(before ?? []), ...allowed]));
  const access = { email: mailbox.email, clientId, redirectUri, challenge, scopes, wantsRefreshToken };
  const code = state.codes.issue(access, state.now());
  return sendBack(reply, request, { code, scope: scopes.join(" ") });
}

function sendBack(
  reply: FastifyReply,
  { redirectUri, state }: AuthorizationRequest,
  answer: Readonly<Record<string, string>>,
): FastifyReply {
  const url = new URL(redirectUri);
  if (state !== null) url.searchParams.set("state", state);
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value);
  return reply.redirect(url.href, 302);
}

function showPage(
  reply: FastifyReply,
  state: SimulatorState,
  request: AuthorizationRequest,
  problem: string | null = null,
): FastifyReply {
  const emails = state.listMailboxes().map(({ email }) => email);
  return sendPage(reply, problem === null ? 200 : 400, renderConsentPage(request, emails, problem));
}

function refuse(reply: FastifyReply, { error, problem }: ReadRequest & { ok: false }): FastifyReply {
  return sendPage(reply, 400, renderRefusal(error, problem));
}

function sendPage(reply: FastifyReply, status: number, html: string): FastifyReply {
  return reply
    .code(status)
    .headers({
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      "cache-control": "no-store",
    })
    .send(html);
}

function formOf(request: FastifyRequest): URLSearchParams {
  return request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
}
