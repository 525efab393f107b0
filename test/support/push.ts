import type { GmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import type { Millrace } from "./start-millrace.ts";

const audience = "millrace-test";
const serviceAccount = "push@millrace-test.iam.gserviceaccount.com";

/** What makes the services expect pushes of a simulator's. @param url the simulator's */
export const pushEnv = (url: string): Record<string, string> => ({
  GMAIL_PUBSUB_TOPIC: "projects/millrace-test/topics/gmail",
  GMAIL_PUSH_AUDIENCE: audience,
  GMAIL_PUSH_SERVICE_ACCOUNT: serviceAccount,
  GMAIL_PUSH_JWKS_URL: `${url}/control/push/jwks`,
});

/** Makes a simulator push what changes in watched mailboxes, at most once a second a mailbox, as Gmail does. */
export function startPush({ control }: GmailSimulator, { client }: Millrace): Promise<void> {
  return control.configurePush({ endpoint: `${client.url}/v1/webhooks/gmail`, audience, serviceAccount });
}

/** Waits until a mailbox is watched. */
export async function untilWatched(
  { control }: GmailSimulator,
  { client }: Millrace,
  email: string,
): Promise<void> {
  await client.waitFor(
    () => control.getMailbox(email),
    ({ watch }) => watch !== null,
  );
}
