import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, it } from "vitest";
import { openPage, signIn, type Theme } from "./support/dashboard-page.ts";
import { type DemoWorld, startDemoWorld } from "./support/demo-world.ts";
import { chromiumFile, noChromium, openBrowser } from "./support/open-browser.ts";

const folder = fileURLToPath(new URL("../../docs/screenshots/", import.meta.url));
const themes: readonly Theme[] = ["light", "dark"];

describe.skipIf(chromiumFile === null)(`screenshots for docs/screenshots${noChromium}`, () => {
  let world: DemoWorld;
  let browser: Browser;
  let syncId: string;
  let accountId: string;

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    [world, browser] = await Promise.all([startDemoWorld(), openBrowser()]);
    ({ syncId, accountId } = await makeHistory(world));
  });
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
      await visit(page, "/dead-letters");
      await shoot("dead-letters");
      await visit(page, "/mail");
      await page.locator(".mail-item").nth(1).click();
      await settle(page);
      await shoot("mail");
      await close();
    });

    it(`draws what an operator sees, ${theme}`, async () => {
      const { page, close } = await openPage(browser, { theme });
      await signIn(page, world.url, world.operatorKey);
      await visit(page, "/tenants");
      await page.screenshot({ path: `${folder}tenants-${theme}.png`, animations: "disabled" });
      await close();
    });

    it(`draws a phone, ${theme}`, async () => {
      const { page, close } = await openPage(browser, { theme, width: 390, height: 780 });
      await signIn(page, world.url, world.key);
      await settle(page);
      await page.screenshot({ path: `${folder}phone-overview-${theme}.png`, animations: "disabled" });
      await visit(page, `/syncs/${syncId}`);
      await page.screenshot({ path: `${folder}phone-sync-${theme}.png`, animations: "disabled" });
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

/** A day in the life: mailboxes in every state, one sync that takes its time. @returns that sync */
async function makeHistory({
  millrace,
  simulator,
  connect,
  messageIds,
}: DemoWorld): Promise<{ syncId: string; accountId: string }> {
  const { client } = millrace;
  const { control } = simulator;
  const ann = await connect("ann@initech.example", 3_400);
  const names = ["ben", "carla", "dmitri", "elena", "farid"];
  const others = await Promise.all(names.map((name, n) => connect(`${name}@initech.example`, 220 + 130 * n)));
  const [broken = "", poor = ""] = (await messageIds("carla@initech.example")).slice(-2);
  for (const messageId of [broken, poor])
    await control.addFault({ match: { messageId }, effect: { kind: "malformedJson" } });
  const noise = await control.addFault({
    match: { endpoint: "messages.get" },
    effect: { kind: "status", status: 503 },
    when: { probability: 0.01 },
  });
  await client.waitForEnd(await client.requestSync(ann));
  await Promise.all(others.map(async (id) => client.waitForEnd(await client.requestSync(id))));
  await control.clearFaults(noise);
  await control.generateMessages("ben@initech.example", 12);
  await client.waitForEnd(await client.requestSync(others[0] ?? ""));
  await control.setGranted("elena@initech.example", false);
  await control.expireTokens("elena@initech.example");
  await client.requestSync(others[3] ?? "");
  await control.addFault({
    match: { endpoint: "messages.get", email: "grace@initech.example" },
    effect: { kind: "latency", ms: 900 },
  });
  const grace = await connect("grace@initech.example", 24_000);
  const syncId = await client.requestSync(grace);
  await client.waitFor(
    () => client.getSync(syncId),
    ({ progress }) => progress.settled > 6_000,
    200_000,
  );
  return { syncId, accountId: ann };
}
