import { newId } from "@millrace/shared/events/identifiers";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import { accountRemoving } from "../accounts/find-kept-account.ts";
import { findAccount } from "../accounts/get-account.ts";
import type { Api, ApiPorts } from "../api.ts";
import { ApiProblem, problemResponses } from "../http/problem.ts";
import { connectLinkRequestSchema, newConnectLinkSchema } from "../resources/connect-link.ts";
import { insertLink } from "./link-rows.ts";
import { publicOrigin, startPath } from "./public-origin.ts";
import { isAllowedReturn, parseReturnUrl } from "./return-url.ts";
import { sealTicket } from "./ticket.ts";

/**
 * Makes a link that a front end sends a person's browser to: so no key of a tenant is ever in a browser. The link is a row,
 * because it is used up by what it has connected, and because the tenant's server asks there what came of it.
 */
export function makeConnectLink(app: Api, ports: ApiPorts): void {
  const { pool, keyring } = ports;
  app.post(
    "/v1/connect-links",
    {
      schema: {
        summary: "Make a link by which a person connects a mailbox",
        description:
          "Send the person's browser to `url` within 15 minutes. It goes to the provider's consent page, then to " +
          "`returnUrl`, and the mailbox is connected and its first sync asked for; a mailbox that the tenant has " +
          "already is connected again. What a browser brings to `returnUrl` anybody could write there: keep the " +
          "link's `id` in the person's session, ask `GET /v1/connect-links/{id}` which account it has connected, and " +
          "compare its `receipt` with the one in the query.",
        tags: ["accounts"],
        body: connectLinkRequestSchema,
        response: { 201: newConnectLinkSchema, ...problemResponses },
      },
    },
    async ({ tenantId, body }, reply) => {
      const { access, content, attachments, schedule, accountId } = body;
      const origin = publicOrigin(app, ports);
      const returnUrl = await allowedReturn(pool, tenantId, body.returnUrl);
      const account =
        accountId === undefined ? null : await findAccount(pool.of(tenantId), tenantId, accountId);
      if (account?.status === "removing") throw accountRemoving();
      const ticket = { tenantId, id: newId("lnk") };
      const loginHint = body.loginHint ?? account?.email ?? null;
      const options = { access, content, attachments, schedule, loginHint };
      const link = await insertLink(pool, {
        ...ticket,
        returnUrl,
        options,
        targetAccountId: accountId ?? null,
      });
      const url = new URL(startPath, origin);
      url.searchParams.set("link", sealTicket(keyring, "connect-link", ticket));
      reply.code(201).header("location", `/v1/connect-links/${link.id}`);
      return { ...link, url: url.href };
    },
  );
}

const allowedSql = `select return_urls as "returnUrls" from tenants where id = $1`;

/** @throws {ApiProblem} return_url_refused */
async function allowedReturn(pool: Pool, tenantId: string, text: string): Promise<string> {
  const url = parseReturnUrl(text);
  if (url === null) {
    throw new ApiProblem(
      "return_url_refused",
      "It must be https (http on this machine only), without user info, fragment, backslashes, white space, and escaped slashes or dots in its path.",
    );
  }
  const { rows } = await pool.of(tenantId).query<{ returnUrls: readonly string[] }>(allowedSql, [tenantId]);
  if (!isAllowedReturn(url, rows[0]?.returnUrls ?? [])) {
    throw new ApiProblem(
      "return_url_refused",
      "It is neither on the tenant's list of return addresses nor below one of them.",
    );
  }
  return url.href;
}
