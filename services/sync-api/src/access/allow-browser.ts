import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { FastifyReply, FastifyRequest } from "fastify";

const sql = "select $2 = any(browser_origins) as allowed from tenants where id = $1";

const preflightSeconds = "600";

/** Answers of a preflight: it says what may be asked, whoever asks; whose answers a page may read is said in each of them. */
export const preflightHeaders = {
  "access-control-allow-methods": "GET, HEAD",
  "access-control-allow-headers": "authorization, last-event-id",
  "access-control-max-age": preflightSeconds,
  vary: "origin, access-control-request-headers",
} as const;

/**
 * Lets pages of a tenant's `browser_origins` read what they ask for with a browser's token (Fetch standard, CORS protocol),
 * a refusal as well: a page is to see why. Keys do not belong in a page: what is answered to them, no page may read.
 *
 * @param tenantId whose token the page has shown
 */
export async function allowBrowser(
  pool: Pool,
  { headers: { origin } }: FastifyRequest,
  reply: FastifyReply,
  tenantId: string,
): Promise<void> {
  if (origin === undefined) return;
  reply.header("vary", "origin");
  const { rows } = await pool.of(tenantId).query<{ allowed: boolean }>({
    name: "is-browser-origin",
    text: sql,
    values: [tenantId, origin],
  });
  if (rows[0]?.allowed !== true) return;
  reply.headers({
    "access-control-allow-origin": origin,
    "access-control-expose-headers": "retry-after, x-request-id",
    "cross-origin-resource-policy": "cross-origin",
  });
}
