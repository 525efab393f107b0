import { createMillrace } from "@millrace/client";

const accountsMax = 1_000;

/**
 * Mailboxes that are connected and that the simulator does not have: it keeps nothing, so those that were made there by hand
 * during an earlier start are gone.
 *
 * @param access the API's address and a tenant's key
 * @returns their addresses, of the first 1,000 accounts
 */
export async function forgottenMailboxes(
  access: { readonly url: string; readonly key: string },
  simulatorUrl: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const response = await fetch(`${simulatorUrl}/control/mailboxes`, { signal });
  const there = new Set(
    ((await response.json()) as { mailboxes: { email: string }[] }).mailboxes.map(({ email }) => email),
  );
  const millrace = createMillrace({ baseUrl: access.url, key: access.key });
  const forgotten: string[] = [];
  let looked = 0;
  for await (const { email, status } of millrace.accounts.list({ limit: 200 })) {
    if (status === "connected" && !there.has(email)) forgotten.push(email);
    if (++looked >= accountsMax) break;
  }
  return forgotten;
}
