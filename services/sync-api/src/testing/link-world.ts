import { randomBytes } from "node:crypto";
import type { GmailSimulatorOptions } from "@millrace/gmail-simulator/options";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { createGoogleConsent } from "@millrace/shared/providers/gmail/create-google-consent";
import type { LightMyRequestResponse } from "fastify";
import type { z } from "zod";
import type { Api } from "../api.ts";
import type { AppPorts } from "../app.ts";
import type { ConnectLink, newConnectLinkSchema } from "../resources/connect-link.ts";
import { startTestApi, type TestApi, type TestTenant } from "./start-test-api.ts";

/** A tenant's page that people come back to. */
export const returnUrl = "https://app.example.com/connect/done?user=7";

/** The API beside a simulator's consent page: everything that a person with a link needs. */
export interface LinkWorld {
  readonly api: TestApi;
  readonly simulator: GmailSimulator;
  /** Of the current test. */
  readonly tenant: TestTenant;
  /** Mailboxes of the current test. */
  readonly email: string;
  readonly otherEmail: string;
  /** Another tenant, with mailboxes that nobody has seen, or with this one. */
  anew(email?: string): Promise<void>;
  askForLink(body?: object, app?: Api): Promise<LightMyRequestResponse>;
  makeLink(body?: object, app?: Api): Promise<z.infer<typeof newConnectLinkSchema>>;
  getLink(id: string): Promise<ConnectLink>;
  buildCopy(overrides: Partial<AppPorts>): Promise<Api>;
  stop(): Promise<void>;
}

export async function startLinkWorld(
  options: Pick<GmailSimulatorOptions, "consentSeconds"> = {},
): Promise<LinkWorld> {
  const simulator = await startGmailSimulator({ ...options, quotas: "off" });
  const consent = createGoogleConsent({
    clientId: "client",
    clientSecret: "MARKED-client-secret",
    authUrl: simulator.authUrl,
    tokenUrl: simulator.tokenUrl,
    rootUrl: simulator.rootUrl,
  });
  const api = await startTestApi({ consent });
  const current = { tenant: await api.addTenant(), email: "", otherEmail: "" };
  const askForLink: LinkWorld["askForLink"] = (body = {}, app = api.app) =>
    app.inject({
      method: "POST",
      url: "/v1/connect-links",
      headers: current.tenant.headers,
      payload: { returnUrl, ...body },
    });
  return {
    api,
    simulator,
    get tenant() {
      return current.tenant;
    },
    get email() {
      return current.email;
    },
    get otherEmail() {
      return current.otherEmail;
    },
    async anew(email) {
      const mark = randomBytes(5).toString("hex");
      current.tenant = await api.addTenant();
      current.email = email ?? `ann-${mark}@example.com`;
      current.otherEmail = `bob-${mark}@example.com`;
      const made = email === undefined ? [current.email, current.otherEmail] : [current.otherEmail];
      for (const one of made) await simulator.control.createMailbox({ email: one, generate: 3 });
      await api.pool.query("update tenants set return_urls = $2 where id = $1", [
        current.tenant.tenantId,
        ["https://app.example.com/connect"],
      ]);
    },
    askForLink,
    async makeLink(body, app) {
      const answer = await askForLink(body, app);
      if (answer.statusCode !== 201) throw new Error(`${answer.statusCode}: ${answer.body}`);
      return answer.json();
    },
    async getLink(id) {
      const answer = await api.app.inject({
        url: `/v1/connect-links/${id}`,
        headers: current.tenant.headers,
      });
      if (answer.statusCode !== 200) throw new Error(`${answer.statusCode}: ${answer.body}`);
      return answer.json();
    },
    buildCopy: (overrides) => api.buildCopy(overrides),
    async stop() {
      consent.close();
      await api.stop();
      await simulator.close();
    },
  };
}
