import { z } from "zod";
import type { StackContext } from "./stack-context.ts";
import { UsageError } from "./start-options.ts";

const answerMsMax = 10_000;
const unauthenticated = 401;
const made = z.object({ key: z.string() });

export interface DemoAccess {
  readonly apiUrl: string;
  readonly tenantId: string;
  readonly apiKey: string;
  /** One, or several with commas between. */
  readonly operatorKeys: string;
}

/**
 * The key of the first tenant: the one that was kept, or, where somebody has revoked that or let it end, a new one, which is
 * kept in its place.
 *
 * @throws UsageError when the environment names a key that opens nothing any more
 */
export async function usableKey(
  { env, data, announcer }: Pick<StackContext, "env" | "data" | "announcer">,
  { apiUrl, tenantId, apiKey, operatorKeys }: DemoAccess,
): Promise<string> {
  const signal = AbortSignal.timeout(answerMsMax);
  const headers = { authorization: `Bearer ${apiKey}` };
  const { status } = await fetch(`${apiUrl}/v1/accounts?limit=1`, { headers, signal });
  if (status !== unauthenticated) return apiKey;
  if (env.MILLRACE_BOOTSTRAP_KEY)
    throw new UsageError(
      "The key of MILLRACE_BOOTSTRAP_KEY was revoked or has ended. Set another one, or none: then one is made.",
    );
  const [operatorKey = ""] = operatorKeys.split(",");
  const answer = await fetch(`${apiUrl}/v1/tenants/${tenantId}/keys`, {
    method: "POST",
    headers: { authorization: `Bearer ${operatorKey.trim()}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "npm start", scopes: ["read", "write", "admin"] }),
    signal,
  });
  if (!answer.ok)
    throw new Error(
      `The key of the tenant ${tenantId} was revoked, and no other was made: ${await answer.text()}`,
    );
  const { key } = made.parse(await answer.json());
  data.keepBootstrapKey(key);
  announcer.line(`The key of the tenant ${tenantId} was revoked or has ended; another one was made for it.`);
  return key;
}
