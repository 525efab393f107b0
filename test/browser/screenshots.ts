import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, it } from "vitest";
import { ageDeletedMail } from "./support/age-deleted-mail.ts";
import { openPage, signIn, type Theme } from "./support/dashboard-page.ts";
import { type DemoWorld, startDemoWorld } from "./support/demo-world.ts";
import { endConsentSoon } from "./support/end-consent-soon.ts";
import { makeHistory } from "./support/make-history.ts";
import { chromiumFile, noChromium, openBrowser } from "./support/open-browser.ts";

const folder = fileURLToPath(new URL("../../docs/screenshots/", import.meta.url));
const themes: readonly Theme[] = ["light", "dark"];

describe.skipIf(chromiumFile === null)(`screenshots for docs/screenshots${noChromium}`, () => {
  let world: DemoWorld;
  let browser: Browser;
  let syncId: string;
  let accountId: string;
  let comparedId: string;

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    [world, browser] = await Promise.all([startDemoWorld(), openBrowser()]);
    const history = await makeHistory(world);
    accountId = history.elena;
    comparedId = history.carla;
    await compare(world, comparedId);
    await addTenants(world);
    await endConsentSoon(world, "dmitri@initech.example", 41);
    await runRetention(world, history.ann);
    syncId = await startLongSync(world);
  }, 400_000);
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
  });

  for (const theme of themes) {
    it(`draws every screen, ${theme}`, async () => {
      const { page, close } = await openPage(browser, { theme });
      const shoot = (name: string): Promise<unknown> =>
        page.screenshot({ path: `${folder}${name}-${theme}.png`, animations: "disabled" });
      await page.goto(world.url);
      await page.getByLabel("Key").waitFor();
      await shoot("sign-in");
      await signIn(page, world.url, world.key);
      await settle(page);
      await shoot("overview");
      await visit(page, `/syncs/${syncId}`);
      await shoot("sync");
      await visit(page, "/syncs");
      await shoot("syncs");
      await visit(page, "/accounts");
      await shoot("accounts");
      await visit(page, `/accounts?account=${accountId}`);
      await shoot("account");
      await visit(page, `/accounts?account=${comparedId}`);
      await shoot("account-compared");
      await visit(page, "/dead-letters");
      await shoot("dead-letters");
      await visit(page, "/retention");
      await shoot("retention");
      await visit(page, "/mail");
      await page.locator(".mail-item").nth(1).click();
      await settle(page);
      await shoot("mail");
      await close();
    });

    it(`draws what an operator sees, ${theme}`, async () => {
      const { page, close } = await openPage(browser, { theme });
      const shoot = (name: string): Promise<unknown> =>
        page.screenshot({ path: `${folder}${name}-${theme}.png`, animations: "disabled" });
      await signIn(page, world.url, world.operatorKey);
      await settle(page);
      await shoot("operator");
      await visit(page, "/tenants");
      await shoot("tenants");
      await visit(page, "/tenants?tenant=demo");
      await shoot("tenant");
      await close();
    });

    it(`draws a phone, ${theme}`, async () => {
      const { page, close } = await openPage(browser, { theme, width: 390, height: 780 });
      await signIn(page, world.url, world.key);
      await settle(page);
      await page.screenshot({ path: `${folder}phone-overview-${theme}.png`, animations: "disabled" });
      await visit(page, `/syncs/${syncId}`);
      await page.screenshot({ path: `${folder}phone-sync-${theme}.png`, animations: "disabled" });
      await visit(page, "/accounts");
      await page.screenshot({ path: `${folder}phone-accounts-${theme}.png`, animations: "disabled" });
      await close();
    });
  }
});

/** By the page's own means: the key is the tab's. */
async function visit(page: Page, path: string): Promise<void> {
  await page.goto(new URL(path, page.url()).href);
  await settle(page);
}

async function settle(page: Page): Promise<void> {
  await page.locator('main [aria-busy="true"]').first().waitFor({ state: "detached" });
  await page.waitForTimeout(1_500);
}

/** Others beside the demo's, whom nothing is wrong with. */
async function addTenants({ url, operatorKey }: DemoWorld): Promise<void> {
  for (const [id, name] of [
    ["hooli", "Hooli"],
    ["initrode", "Initrode"],
  ])
    await fetch(`${url}/v1/tenants`, {
      method: "POST",
      headers: { authorization: `Bearer ${operatorKey}`, "content-type": "application/json" },
      body: JSON.stringify({ id, name }),
    });
}

/** The mailbox beside its copy: what the panel says of it. */
async function compare({ millrace: { client } }: DemoWorld, accountId: string): Promise<void> {
  await client.json("POST", `/v1/accounts/${accountId}/verify`, {});
  await client.waitFor(
    () => client.json<{ verification: { lastAt: string | null } }>("GET", `/v1/accounts/${accountId}`),
    ({ verification }) => verification.lastAt !== null,
  );
}

/** Mail that has had its time is removed, and what has not is asked for dry. */
async function runRetention(world: DemoWorld, accountId: string): Promise<void> {
  const { client } = world.millrace;
  await ageDeletedMail(world, { accountId, email: "ann@initech.example", count: 38, days: 31 });
  await client.json("PATCH", "/v1/tenant", { retention: { finishedSyncsDays: 90, auditDays: 730 } });
  for (const request of [{ task: "messages", dryRun: true }, { task: "messages" }, { dryRun: true }])
    await client.json("POST", "/v1/retention/run", request);
  await client.waitFor(
    () => client.json<{ items: { state: string }[] }>("GET", "/v1/retention/runs?limit=50"),
    ({ items }) => items.every(({ state }) => state === "completed"),
  );
}

/** One more mailbox, whose sync takes its time. @returns that sync */
async function startLongSync({
  millrace: { client },
  simulator: { control },
  connect,
}: DemoWorld): Promise<string> {
  const email = "grace@initech.example";
  const grace = await connect(email, 9_000);
  const brisk = await control.addFault({
    match: { endpoint: "messages.get", email },
    effect: { kind: "latency", ms: 40 },
  });
  await control.addFault({
    match: { endpoint: "messages.get", email },
    effect: { kind: "status", status: 503 },
    when: { probability: 0.004 },
  });
  const syncId = await client.requestSync(grace, { chunkSize: 10 });
  await client.waitFor(
    () => client.getSync(syncId),
    ({ progress }) => progress.settled > 3_000,
    150_000,
  );
  // It is to run until all is drawn, on a busy machine as well.
  await control.clearFaults(brisk);
  await control.addFault({
    match: { endpoint: "messages.get", email },
    effect: { kind: "latency", ms: 160 },
  });
  return syncId;
}
