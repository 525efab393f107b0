import type { FastifyBaseLogger } from "fastify";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { ApiProblem, problemResponses } from "../http/problem.ts";
import { plainText } from "../resources/plain-text.ts";
import { type TakenAttempt, takeAttempt } from "./attempt-rows.ts";
import { forgetBrowserSecret, shownSecretHash } from "./browser-secret.ts";
import { type ConnectFailure, connectFailures } from "./connect-failure.ts";
import { type ConnectedMailbox, connectMailbox } from "./connect-mailbox.ts";
import { noteFailure } from "./link-rows.ts";
import { callbackPath, publicOrigin } from "./public-origin.ts";
import { isAllowedReturn, withOutcome } from "./return-url.ts";
import { isSetUpFault } from "./set-up-faults.ts";
import { openTicket, type Ticket } from "./ticket.ts";

const answerSchema = z.object({
  state: plainText(1, 1000),
  code: plainText(1, 4096).optional(),
  error: plainText(1, 200).optional(),
});
type ConsentAnswer = z.infer<typeof answerSchema>;

/**
 * Where the provider sends the browser back to. The attempt is taken first, once and by its own browser only; from then on
 * the person goes back to the tenant's address whatever happens, with an account or with a word that says why not. A death
 * in between leaves nothing connected, or all of it: the person opens the link again.
 */
export function finishConsent(app: Api, ports: ApiPorts): void {
  app.get(
    callbackPath,
    {
      exposeHeadRoute: false,
      schema: {
        summary: "Take the answer of Google's consent page",
        description:
          "Register this address with the OAuth client. Open to the browser that began, and to no other.",
        tags: ["accounts"],
        security: [],
        querystring: answerSchema,
        response: { 303: z.undefined().describe("To the link's return address"), ...problemResponses },
      },
    },
    async ({ query, headers, log }, reply) => {
      const origin = publicOrigin(app, ports);
      const ticket = openTicket(ports.keyring, "connect-state", query.state);
      if (ticket === null) throw refused();
      const attempt = await take(ports, origin, ticket, headers.cookie);
      reply.header("set-cookie", forgetBrowserSecret(origin, ticket.id));
      if (!isAllowedReturn(new URL(attempt.returnUrl), attempt.returnUrls))
        throw new ApiProblem("return_url_refused", "The address behind the link is not allowed any more.");

      const result = await finish(ports, attempt, query, log);
      const outcome =
        typeof result === "string"
          ? ({ status: "failed", error: result } as const)
          : ({ status: "connected", ...result } as const);
      return reply.redirect(withOutcome(attempt.returnUrl, outcome), 303);
    },
  );
}

/** @throws {ApiProblem} consent_refused */
async function take(
  { pool, keyring }: ApiPorts,
  origin: string,
  ticket: Ticket,
  cookies: string | undefined,
): Promise<TakenAttempt> {
  const browserHash = shownSecretHash(origin, ticket.id, cookies);
  const attempt = browserHash === null ? null : await takeAttempt(pool, keyring, ticket, browserHash);
  if (attempt === null) throw refused();
  return attempt;
}

/** One answer for all of it: who tries states and cookies does not learn which of them was right. */
const refused = (): ApiProblem =>
  new ApiProblem(
    "consent_refused",
    "It was answered before, or was begun in another browser. Go back to where you came from, and begin again.",
  );

/** What the person is sent back with; whatever is thrown is told to the log only. */
async function finish(
  ports: ApiPorts,
  attempt: TakenAttempt,
  answer: ConsentAnswer,
  log: FastifyBaseLogger,
): Promise<ConnectedMailbox | ConnectFailure> {
  const about = { tenantId: attempt.link.tenantId, linkId: attempt.link.id };
  try {
    const result = await redeem(ports, attempt, answer, log);
    if (typeof result !== "string") return result;
    await noteFailure(ports.pool, attempt.link, result);
    log.info({ event: "connect.failed", ...about, code: result }, connectFailures[result]);
    return result;
  } catch (error) {
    log.error({ event: "connect.failed", ...about, code: "internal", err: error }, connectFailures.internal);
    await noteFailure(ports.pool, attempt.link, "internal").catch(() => {}); // the log has it
    return "internal";
  }
}

async function redeem(
  ports: ApiPorts,
  attempt: TakenAttempt,
  { code, error }: ConsentAnswer,
  log: FastifyBaseLogger,
): Promise<ConnectedMailbox | ConnectFailure> {
  if (attempt.isExpired) return "attempt_expired";
  if (error !== undefined) return error === "access_denied" ? "access_denied" : "consent_failed";
  if (code === undefined) return "consent_failed";
  const { verifier, redirectUri, options } = attempt;
  const granted = await ports.consent.redeem({ code, verifier, redirectUri, access: options.access });
  switch (granted.kind) {
    case "granted":
      return connectMailbox(ports, attempt, granted, log);
    case "refused":
      return granted.why;
    case "failed": {
      const { category, reason, status, message } = granted.fault;
      const line = { event: "connect.provider_failed", linkId: attempt.link.id, category, reason, status };
      log.warn(line, message);
      return isSetUpFault(reason) ? "client_refused" : "provider_unavailable";
    }
  }
}
