import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { FastifyRequest } from "fastify";
import { apiKeyPattern, hashApiKey } from "./api-key.ts";
import { ApiProblem } from "./problem.ts";

const sql = `select tenant_id as "tenantId" from api_keys where key_hash = $1 and revoked_at is null`;

/**
 * Puts the tenant of the request's API key on the request. Runs before a body is read. The key is looked up
 * each time, so that a revoked one is refused at once.
 *
 * @throws {ApiProblem} unauthenticated
 */
export async function authenticate(pool: Pool, request: FastifyRequest): Promise<void> {
  const [scheme = "", key = "", ...rest] = (request.headers.authorization ?? "").trim().split(/ +/);
  if (scheme.toLowerCase() !== "bearer" || rest.length > 0 || !apiKeyPattern.test(key))
    throw unauthenticated();
  const { rows } = await pool.query<{ tenantId: string }>({
    name: "find-api-key",
    text: sql,
    values: [hashApiKey(key)],
  });
  const [row] = rows;
  if (row === undefined) throw unauthenticated();
  request.tenantId = row.tenantId;
}

function unauthenticated(): ApiProblem {
  return new ApiProblem(
    "unauthenticated",
    "Send the header Authorization: Bearer mr_… with a key of your tenant.",
    {
      headers: { "www-authenticate": 'Bearer realm="millrace"' },
    },
  );
}
