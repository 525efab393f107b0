import { join } from "node:path";
import { freePort } from "../process/free-port.ts";
import { startNodeService } from "../process/start-node-service.ts";
import { supervise } from "../process/supervise.ts";
import { checkout } from "./data-folder.ts";
import type { DemoMailbox } from "./demo-mailbox.ts";
import { type StackContext, tellAbout } from "./stack-context.ts";

/** What the simulator's push requests say, and what the API expects of them. */
const push = {
  topic: "projects/millrace-demo/topics/gmail",
  audience: "millrace-demo",
  serviceAccount: "push@millrace-demo.iam.gserviceaccount.com",
};

/**
 * Starts the Gmail simulator with the demo's mailbox, which tells the API of its changes.
 *
 * @returns its URL
 */
export async function demoSimulator(
  context: StackContext,
  mailbox: DemoMailbox,
  apiUrl: string,
): Promise<string> {
  const { announcer, data, env, options, table, signal } = context;
  const logFile = data.freshLog("gmail-simulator");
  const port = await freePort();
  const start = () =>
    startNodeService({
      name: "gmail-simulator",
      entry: join(checkout, "packages/gmail-simulator/src/main.ts"),
      args: [
        ...["--port", String(port), "--quotas", options.quotas],
        ...["--push-endpoint", `${apiUrl}/v1/webhooks/gmail`, "--push-audience", push.audience],
        // It has forgotten a watch that an earlier start has set, and that the database knows of.
        ...["--push-service-account", push.serviceAccount, "--watched-topic", push.topic],
        ...mailbox.simulatorArgs,
      ],
      env,
      logFile,
      readyEvent: "simulator.ready",
      onSpawn: (process) => table.track("gmail-simulator", "simulator", process),
    });
  await announcer.step(
    "Starting the Gmail simulator",
    () => supervise({ name: "gmail-simulator", start, signal, ...tellAbout(announcer) }),
    () => `Gmail simulator ready with ${mailbox.email}`,
  );
  return `http://127.0.0.1:${port}`;
}

/** What makes the services talk to the simulator instead of Google. */
export function simulatorEnv(url: string, quotas: string): NodeJS.ProcessEnv {
  return {
    GMAIL_ROOT_URL: `${url}/`,
    GOOGLE_TOKEN_URL: `${url}/token`,
    GOOGLE_AUTH_URL: `${url}/o/oauth2/v2/auth`,
    GMAIL_QUOTA: quotas,
    GOOGLE_CLIENT_ID: "millrace-demo",
    GOOGLE_CLIENT_SECRET: "millrace-demo-secret",
    GMAIL_PUBSUB_TOPIC: push.topic,
    GMAIL_PUSH_AUDIENCE: push.audience,
    GMAIL_PUSH_SERVICE_ACCOUNT: push.serviceAccount,
    GMAIL_PUSH_JWKS_URL: `${url}/control/push/jwks`,
  };
}
