import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testInboxExample } from "./live/inbox-example.ts";
import { testLostStream } from "./live/lost-stream.ts";
import { testStillness } from "./live/still.ts";
import { openPage, signIn } from "./support/dashboard-page.ts";
import { type DemoWorld, startDemoWorld } from "./support/demo-world.ts";
import type { LiveStage } from "./support/live-stage.ts";
import { chromiumFile, noChromium, openBrowser } from "./support/open-browser.ts";

const email = "grace@initech.example";
const messages = 3_000;

/** Notes what the page shows of a sync whenever that changes; a reload begins a list of its own. */
const noteProgress = `
  window.seen = [];
  const note = () => {
    const words = document.querySelector(".sync-progress .soft")?.textContent ?? "";
    const [, settled] = /^([\\d,]+) (?:of|so far)/.exec(words) ?? [];
    const [, stored] = /Stored\\s*([\\d,]+)/.exec(document.querySelector(".ledger")?.textContent ?? "") ?? [];
    if (settled !== undefined && stored !== undefined)
      window.seen.push([settled, stored].map((text) => Number(text.replaceAll(",", ""))));
  };
  new MutationObserver(note).observe(document, { subtree: true, childList: true, characterData: true });`;

type Seen = [settled: number, stored: number][];
const seenOn = (page: Page): Promise<Seen> => page.evaluate("window.seen");

function expectForwards(seen: Seen): void {
  for (const [n, [settled, stored]] of seen.entries()) {
    const [settledBefore, storedBefore] = seen[n - 1] ?? [0, 0];
    expect(settled, `settled, at ${n}`).toBeGreaterThanOrEqual(settledBefore);
    expect(stored, `stored, at ${n}`).toBeGreaterThanOrEqual(storedBefore);
  }
}

describe.skipIf(chromiumFile === null)(`a sync that is watched in a browser${noChromium}`, () => {
  let world: DemoWorld;
  let browser: Browser;

  beforeAll(async () => {
    [world, browser] = await Promise.all([startDemoWorld(), openBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
  });

  it("goes forwards in two tabs while every service is killed and a tab is reloaded, and ends in both with its proof", async () => {
    const { millrace, simulator, url, key } = world;
    const accountId = await world.connect(email, messages);
    await simulator.control.addFault({
      match: { email, endpoint: "messages.get" },
      effect: { kind: "latency", ms: 60 },
    });
    const syncId = await millrace.client.requestSync(accountId);
    const tabs = await Promise.all([openPage(browser), openPage(browser)]);
    const [{ page: first }, { page: second }] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
    for (const { page } of tabs) {
      page.setDefaultTimeout(60_000);
      await page.addInitScript(noteProgress);
      await signIn(page, url, key);
      await page.goto(`${url}/syncs/${syncId}`);
      await page.locator(".chunk-grid canvas").waitFor();
    }
    const settledIsOver = (count: number) =>
      millrace.client.waitFor(
        () => millrace.client.getSync(syncId),
        ({ progress }) => progress.settled > count,
      );

    for (const [n, name] of (["fetcher", "chunker", "janitor"] as const).entries()) {
      await settledIsOver(200 + 300 * n);
      await millrace.services.get(name)?.kill();
      await millrace.start(name);
    }
    await settledIsOver(1_200);
    const before = await seenOn(first);
    expectForwards(before);
    await first.reload();
    await first.locator(".chunk-grid canvas").waitFor();

    await millrace.services.get("sync-api")?.kill();
    for (const page of [first, second]) await page.getByText("Connection lost, trying again").waitFor();
    await millrace.start("sync-api");
    for (const page of [first, second])
      await page.getByText("Connection lost, trying again").waitFor({ state: "detached" });

    for (const page of [first, second]) {
      await page.getByText("The ledger balances.").waitFor();
      await page
        .getByText(`${messages.toLocaleString("en-US")} of ${messages.toLocaleString("en-US")} messages`)
        .waitFor();
      await page.locator(".legend li", { hasText: /^settled30$/ }).waitFor();
      const seen = await seenOn(page);
      expect(seen.length).toBeGreaterThan(2);
      expectForwards(seen);
    }
    expectForwards([...before.slice(-1), ...(await seenOn(first))]);
    for (const { complaints, close } of tabs) {
      expect(complaints).toEqual([]);
      await close();
    }
  });

  it("a key that was revoked meanwhile leads to where one signs in, and says why", async () => {
    const { client } = world.millrace;
    const made = await client.json<{ id: string; key: string }>("POST", "/v1/keys", {
      name: "short",
      scopes: ["read"],
    });
    const { page, close } = await openPage(browser);
    await signIn(page, world.url, made.key);
    await page.getByText("Messages a second").waitFor();
    expect(await page.getByRole("button", { name: "Start a sync" }).count()).toBe(0);
    await client.send("DELETE", `/v1/keys/${made.id}`);
    await page.getByText("The key is not valid any more").waitFor({ timeout: 60_000 });
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
    await close();
  });

  it("a browser token watches its one sync and is offered nothing else; a key nobody has is refused in words", async () => {
    const { client } = world.millrace;
    const { items } = await client.json<{ items: { id: string }[] }>("GET", "/v1/syncs?limit=1");
    const syncId = items[0]?.id;
    const { token } = await client.json<{ token: string }>("POST", "/v1/browser-tokens", { syncId });
    const { page, close } = await openPage(browser);
    await page.goto(world.url);
    await page.getByLabel("Key").fill("mr_nobody-has-this-key-0000");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Nobody has this key").waitFor();
    const refused: string[] = [];
    page.on("response", (response) => {
      if (response.status() === 403) refused.push(response.url());
    });
    await page.getByLabel("Key").fill(token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("The ledger balances.").waitFor();
    expect(page.url()).toBe(`${world.url}/syncs/${syncId}`);
    expect(await page.getByRole("button", { name: "Retry" }).count()).toBe(0);
    expect(await page.locator(".nav a").count()).toBe(0);
    await page.getByRole("heading", { name: "Your mailbox" }).waitFor();
    await new Promise((resolve) => setTimeout(resolve, 3_000)); // what is read again has been
    expect(refused).toEqual([]);
    await close();
  });

  const stage: LiveStage = {
    get world() {
      return world;
    },
    get browser() {
      return browser;
    },
  };
  testLostStream(stage);
  testStillness(stage);
  testInboxExample(stage);
});
