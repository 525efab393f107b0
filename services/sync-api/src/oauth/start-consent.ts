import { randomBytes } from "node:crypto";
import { newId } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { ApiProblem, problemResponses } from "../http/problem.ts";
import { plainText } from "../resources/plain-text.ts";
import { attemptMinutes, insertAttempt, type OpenedLink, openLink } from "./attempt-rows.ts";
import { newBrowserSecret } from "./browser-secret.ts";
import { callbackPath, publicOrigin, startPath } from "./public-origin.ts";
import { isAllowedReturn } from "./return-url.ts";
import { openTicket, sealTicket } from "./ticket.ts";

/**
 * Begins a person's way to the consent page and back: open to anybody who has a link, and without a key. Each time is an
 * attempt of its own, with its own state, its own PKCE verifier, and its own secret in the browser's cookie.
 */
export function startConsent(app: Api, ports: ApiPorts): void {
  const { pool, keyring, consent } = ports;
  app.get(
    startPath,
    {
      exposeHeadRoute: false,
      schema: {
        summary: "Send a browser to Google's consent page",
        description: "The `url` of a link leads here. Open to whoever has it.",
        tags: ["accounts"],
        security: [],
        querystring: z.object({ link: plainText(1, 1000) }),
        response: { 303: z.undefined().describe("To the consent page"), ...problemResponses },
      },
    },
    async ({ query }, reply) => {
      const origin = publicOrigin(app, ports);
      const ticket = openTicket(keyring, "connect-link", query.link);
      const link = ticket === null ? null : await openLink(pool, ticket);
      if (ticket === null || link === null) throw refused("There is no such link any more.");
      checkOpen(link);

      const attempt = { tenantId: ticket.tenantId, id: newId("att") };
      const secret = newBrowserSecret(origin, attempt.id, attemptMinutes * 60);
      const verifier = randomBytes(32).toString("base64url");
      const redirectUri = `${origin}${callbackPath}`;
      const browserHash = secret.hash;
      await insertAttempt(pool, keyring, {
        ...attempt,
        linkId: ticket.id,
        browserHash,
        verifier,
        redirectUri,
      });

      const { access, loginHint } = link.options;
      const state = sealTicket(keyring, "connect-state", attempt);
      const consentUrl = consent.consentUrl({ redirectUri, state, verifier, access, loginHint });
      return reply.header("set-cookie", secret.setCookie).redirect(consentUrl, 303);
    },
  );
}

/** @throws {ApiProblem} connect_link_refused; return_url_refused when the tenant has taken it from the list */
function checkOpen({ returnUrl, returnUrls, isUsed, isExpired, isWornOut }: OpenedLink): void {
  if (isUsed) throw refused("The link has connected a mailbox already.");
  if (isExpired) throw refused("The link has expired.");
  if (isWornOut) throw refused("The link was opened too often.");
  if (!isAllowedReturn(new URL(returnUrl), returnUrls))
    throw new ApiProblem("return_url_refused", "The address behind the link is not allowed any more.");
}

const refused = (why: string): ApiProblem =>
  new ApiProblem("connect_link_refused", `${why} Go back to where it came from, and ask for a new one.`);
