import type { AddressInfo } from "node:net";
import { SimulatorControl } from "./control/simulator-control.ts";
import { WATCH_MS } from "./gmail/calls/watch-mailbox.ts";
import { buildApp } from "./http/build-app.ts";
import type { GmailSimulatorOptions } from "./options.ts";
import { pushConfigSchema } from "./push/push-config.ts";
import { SimulatorState } from "./simulator-state.ts";

export interface GmailSimulator {
  /** Without a slash at its end: http://127.0.0.1:49152 */
  readonly url: string;
  /** For the Google client's rootUrl. */
  readonly rootUrl: string;
  /** For the OAuth client's token endpoint. */
  readonly tokenUrl: string;
  /** Of the consent page. */
  readonly authUrl: string;
  readonly control: SimulatorControl;
  /** Stops listening and drops every connection. */
  close(): Promise<void>;
}

/**
 * Starts a simulator in this process. Resolves when it listens; rejects when a mailbox cannot be opened or the
 * port is taken.
 */
export async function startGmailSimulator(options: GmailSimulatorOptions = {}): Promise<GmailSimulator> {
  const state = new SimulatorState(options);
  state.push.configure(options.push === undefined ? null : pushConfigSchema.parse(options.push));
  for (const spec of options.mailboxes ?? []) {
    const mailbox = await state.addMailbox(spec);
    if (options.watchedTopic === undefined) continue;
    mailbox.watch = { topicName: options.watchedTopic, expirationMs: state.now() + WATCH_MS };
  }
  const app = buildApp(state);
  const host = options.host ?? "127.0.0.1";
  await app.listen({ host, port: options.port ?? 0 });
  const { port } = app.server.address() as AddressInfo;
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return {
    url,
    rootUrl: `${url}/`,
    tokenUrl: `${url}/token`,
    authUrl: `${url}/o/oauth2/v2/auth`,
    control: new SimulatorControl(url),
    close: async () => {
      await app.close();
      await state.close();
    },
  };
}
