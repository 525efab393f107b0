import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { ConsentingBrowser } from "@millrace/gmail-simulator/testing/consenting-browser";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { accessTokenOf } from "../support/simulator-token.ts";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";

interface Link {
  readonly id: string;
  readonly url: string;
  readonly status: string;
  readonly accountId: string | null;
  readonly syncId: string | null;
  readonly receipt: string | null;
}

const email = "ann@millrace.test";
let simulator: GmailSimulator;
let millrace: Millrace;
/** The page of a tenant's application that people come back to. */
let application: Server;
let returnUrl: string;
const visits: URL[] = [];

beforeAll(async () => {
  application = createServer(({ url = "/" }, response) => {
    visits.push(new URL(url, returnUrl));
    response.end("Thank you.");
  });
  await new Promise<void>((listening) => application.listen(0, "127.0.0.1", listening));
  returnUrl = `http://127.0.0.1:${(application.address() as AddressInfo).port}/connected`;
  simulator = await startGmailSimulator({ quotas: "off", mailboxes: [{ email, generate: 250 }] });
  millrace = await startMillrace(simulator.url, { MILLRACE_BOOTSTRAP_RETURN_URLS: returnUrl });
});
afterAll(async () => {
  await millrace?.stop();
  await simulator?.close();
  application?.close();
});

const getLink = (id: string): Promise<Link> => millrace.client.json("GET", `/v1/connect-links/${id}`);

/** All that happens between a tenant's server and its person's return, as a browser goes through it. */
async function connectByLink(body: object = {}): Promise<Link> {
  const made = await millrace.client.json<Link>("POST", "/v1/connect-links", { returnUrl, ...body });
  const browser = new ConsentingBrowser();
  const started = await browser.get(made.url);
  const page = started.location as URL;
  expect((await browser.get(page)).text).toContain(email);
  const back = await browser.get(await browser.allow(page, email));
  const landed = await browser.get(back.location as URL);
  expect([landed.status, landed.text]).toEqual([200, "Thank you."]);
  return getLink(made.id);
}

it("a person connects a mailbox in a browser, and its mail is there; after a revoked consent the same way connects it again", async () => {
  const first = await connectByLink();
  expect(first).toMatchObject({ status: "connected" });
  const { accountId, syncId, receipt } = first;
  expect(visits.at(-1)?.search).toBe(`?status=connected&accountId=${accountId}&receipt=${receipt}`);
  expect(await millrace.client.waitForEnd(syncId ?? "")).toMatchObject({
    status: "completed",
    ledger: { listed: 250, stored: 250, balanced: true },
  });

  // The person takes the consent away at the provider, and mail comes meanwhile.
  const body = new URLSearchParams({ token: await accessTokenOf(simulator.url, email) });
  expect((await fetch(`${simulator.url}/revoke`, { method: "POST", body })).status).toBe(200);
  await simulator.control.generateMessages(email, 7);
  const paused = await millrace.client.requestSync(accountId ?? "");
  await millrace.client.waitFor(
    () => millrace.client.getSync(paused),
    ({ status }) => status === "paused",
  );
  const account = () => millrace.client.json<{ status: string }>("GET", `/v1/accounts/${accountId}`);
  expect(await account()).toMatchObject({ status: "reauth_required" });

  const again = await connectByLink({ accountId });
  expect(again).toMatchObject({ status: "connected", accountId, syncId: null });
  expect(await millrace.client.waitForEnd(paused)).toMatchObject({
    status: "completed",
    ledger: { balanced: true },
  });
  expect(await account()).toMatchObject({ status: "connected" });
  const { items } = await millrace.client.json<{ items: unknown[] }>("GET", "/v1/accounts");
  expect(items).toHaveLength(1);
  const database = new pg.Client({ connectionString: millrace.databaseUrl });
  await database.connect();
  const stored = await database.query("select from messages where deleted_at is null");
  await database.end();
  expect(stored.rowCount).toBe(257);
});

it("neither the log of the API nor any fact bears a code, a state or a token", async () => {
  const log = readFileSync(millrace.services.get("sync-api")?.logFile ?? "", "utf8");
  const facts = JSON.stringify(await millrace.client.json("GET", "/v1/events?limit=500"));
  expect(log).toContain("connect.connected");
  for (const secret of ["4/0", "sim-refresh", "ya29.", "test-secret", "code=", "state="])
    expect(`${log}${facts}`).not.toContain(secret);
});
