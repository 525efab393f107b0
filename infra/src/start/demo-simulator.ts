import { join } from "node:path";
import { freePort } from "../process/free-port.ts";
import { startNodeService } from "../process/start-node-service.ts";
import { supervise } from "../process/supervise.ts";
import { checkout } from "./data-folder.ts";
import type { DemoMailbox } from "./demo-mailbox.ts";
import { type StackContext, tellAbout } from "./stack-context.ts";

/** Starts the Gmail simulator with the demo's mailbox; returns its URL. */
export async function demoSimulator(context: StackContext, mailbox: DemoMailbox): Promise<string> {
  const { announcer, data, env, options, table, signal } = context;
  const logFile = data.freshLog("gmail-simulator");
  const port = await freePort();
  const start = () =>
    startNodeService({
      name: "gmail-simulator",
      entry: join(checkout, "packages/gmail-simulator/src/main.ts"),
      args: ["--port", String(port), "--quotas", options.quotas, ...mailbox.simulatorArgs],
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
export function simulatorEnv(url: string): NodeJS.ProcessEnv {
  return {
    GMAIL_ROOT_URL: `${url}/`,
    GOOGLE_TOKEN_URL: `${url}/token`,
    GOOGLE_CLIENT_ID: "millrace-demo",
    GOOGLE_CLIENT_SECRET: "millrace-demo-secret",
  };
}
