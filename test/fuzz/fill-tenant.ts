import type { SimulatorControl } from "@millrace/gmail-simulator/control/simulator-control";
import type { MillraceClient } from "../support/millrace-client.ts";

/** The ids of one tenant's things, by what they are. */
export type KnownIds = Readonly<Record<string, readonly string[]>>;

const mailboxes = 3;
const generated = 12;
/** Some are deleted by the requests. */
const endpointsMade = 10;
const endMsMax = 120_000;
/** Of each list. */
const idsMax = 20;

/** Where people may be sent back to. */
export const returnUrl = "https://app.example.com/";

/** What only this tenant may read. */
export const secretOf = (tenantId: string): string => `secret of ${tenantId}`;

/** With an attachment, and something that only the tenant may read. */
const secretMail = (tenantId: string): string =>
  [
    "From: a@example.com",
    `Subject: ${secretOf(tenantId)}`,
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="b"',
    "",
    "--b",
    "Content-Type: text/html",
    "",
    `<p>${secretOf(tenantId)}</p>`,
    "--b",
    "Content-Type: text/plain",
    'Content-Disposition: attachment; filename="a.txt"',
    "",
    secretOf(tenantId),
    "--b--",
    "",
  ].join("\r\n");

/** Mailboxes that are synced, each but for one message, which is set aside; keys; a verification. */
export async function fillTenant(
  client: MillraceClient,
  gmail: SimulatorControl,
  tenantId: string,
): Promise<KnownIds> {
  const accounts: string[] = [];
  const syncs: string[] = [];
  for (let n = 0; n < mailboxes; n++) {
    const email = `${tenantId}${n}@millrace.test`;
    await gmail.createMailbox({ email, generate: generated });
    const [refused = ""] = await gmail.generateMessages(email, 1);
    await gmail.addMessages(email, [{ raw: secretMail(tenantId) }]);
    await gmail.addFault({ match: { email, messageId: refused }, effect: { kind: "status", status: 418 } });
    const accountId = await client.connectAccount(email, "raw");
    accounts.push(accountId);
    syncs.push(await client.requestSync(accountId));
  }
  for (const syncId of syncs) {
    const { status } = await client.waitForEnd(syncId, endMsMax);
    if (status !== "partial") throw new Error(`The sync before the requests is ${status}`);
  }
  const doomed = `${tenantId}-doomed@millrace.test`;
  await gmail.createMailbox({ email: doomed, generate: 1 });
  const keys: string[] = [];
  for (let n = 0; n < mailboxes; n++)
    keys.push((await client.json<{ id: string }>("POST", "/v1/keys", { name: "fuzz", scopes: ["read"] })).id);
  // Nobody is there, and nothing is sent before a request has it sent.
  const endpoint = { url: "https://hooks.invalid/", events: ["sync.failed"] };
  const endpoints: string[] = [];
  for (let n = 0; n < endpointsMade; n++)
    endpoints.push((await client.json<{ id: string }>("POST", "/v1/webhook-endpoints", endpoint)).id);
  const [accountId] = accounts;
  const verify = `/v1/accounts/${accountId}/verify`;
  const { verificationId } = await client.json<{ verificationId: string }>("POST", verify, {});
  await client.json("PATCH", "/v1/tenant", { returnUrls: [returnUrl] });
  const link = await client.json<{ id: string }>("POST", "/v1/connect-links", { returnUrl });
  return {
    accounts,
    doomed: [await client.connectAccount(doomed)],
    syncs,
    keys,
    ...(await mailOf(client, accountId)),
    "dead-letters": await idsIn(client, `/v1/dead-letters?limit=${idsMax}`),
    verifications: [verificationId],
    "connect-links": [link.id],
    "webhook-endpoints": endpoints,
    tenants: [tenantId],
  };
}

/** Messages, half of them with attachments, and what these are called. */
async function mailOf(
  client: MillraceClient,
  accountId: string | undefined,
): Promise<Pick<KnownIds, "messages" | "attachments">> {
  const found: string[] = [];
  const attachments = new Set<string>();
  const messages = await idsIn(client, `/v1/accounts/${accountId}/messages?limit=${idsMax}`);
  for (const id of messages) {
    const { items } = await client.json<{ items: { id: string }[] }>("GET", `/v1/messages/${id}/attachments`);
    if (items.length > 0) found.push(id);
    for (const item of items) attachments.add(item.id);
  }
  if (found.length === 0) throw new Error("No message has an attachment before the requests");
  const others = messages.filter((id) => !found.includes(id)).slice(0, found.length);
  return { messages: [...found, ...others], attachments: [...attachments] };
}

async function idsIn(client: MillraceClient, path: string): Promise<string[]> {
  const { items } = await client.json<{ items: { id: string }[] }>("GET", path);
  if (items.length === 0) throw new Error(`${path} is empty before the requests`);
  return items.map(({ id }) => id);
}
