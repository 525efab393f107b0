import { randomBytes } from "node:crypto";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { type Millrace, startMillrace } from "../../support/start-millrace.ts";

export interface DemoWorld {
  readonly millrace: Millrace;
  readonly simulator: GmailSimulator;
  readonly url: string;
  readonly key: string;
  readonly operatorKey: string;
  /** Makes a mailbox and connects it. @returns its account's id */
  connect(email: string, messages: number): Promise<string>;
  /** The ids of a mailbox's messages, oldest first, as the provider calls them. */
  messageIds(email: string): Promise<string[]>;
  stop(): Promise<void>;
}

/** A whole Millrace with a Gmail that is quick to refuse and quick to forgive. */
export async function startDemoWorld(env: Readonly<Record<string, string>> = {}): Promise<DemoWorld> {
  const simulator = await startGmailSimulator({ quotas: "off", seed: 11 });
  const operatorKey = `mro_${randomBytes(24).toString("hex")}`;
  const millrace = await startMillrace(simulator.url, {
    MILLRACE_OPERATOR_KEYS: operatorKey,
    RETRY_CAP_SECONDS: "1",
    CLAIM_SECONDS: "4",
    ...env,
  });
  const { url, key } = millrace.client;
  await millrace.client.json("PATCH", "/v1/tenant", { returnUrls: [url] });
  return {
    millrace,
    simulator,
    url,
    key,
    operatorKey,
    connect: async (email, messages) => {
      await simulator.control.createMailbox({ email, generate: messages });
      return millrace.client.connectAccount(email, "raw");
    },
    messageIds: async (email) => {
      const ids: string[] = [];
      for await (const { id } of simulator.control.truth(email)) ids.push(id);
      return ids;
    },
    stop: async () => {
      await millrace.stop();
      await simulator.close();
    },
  };
}
