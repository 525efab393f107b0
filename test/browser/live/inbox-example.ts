import { freePort } from "@millrace/infra/process/free-port";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { serviceNames } from "../../support/start-millrace.ts";
import { type DashboardPage, openPage } from "../support/dashboard-page.ts";
import type { LiveStage } from "../support/live-stage.ts";
import { startInboxExample } from "../support/start-inbox-example.ts";

const email = "demo@millrace.test"; // the one that the example is for
const messages = 3_000;

/** How many messages are done, as the page says it. */
async function settledOn(page: Page): Promise<number> {
  const words = (await page.locator(".millrace-progress__detail").textContent()) ?? "";
  return Number(/^[\d,]+/.exec(words)?.[0].replaceAll(",", "") ?? 0);
}

/** Notes each width of the bar. */
const noteBar = `
  window.widths = [];
  new MutationObserver(() => {
    const now = document.querySelector("[role=progressbar]")?.getAttribute("aria-valuenow");
    if (now != null) window.widths.push(Number(now));
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-valuenow"] });`;

/** examples/react-inbox, by its page alone. */
export function testInboxExample(stage: LiveStage): void {
  it("an app’s user starts a sync, closes the tab, every service is restarted, and a page that was opened meanwhile has the right progress by itself", async () => {
    const { world, browser } = stage;
    const { millrace, simulator } = world;
    await world.connect(email, messages);
    const slow = await simulator.control.addFault({
      match: { email, endpoint: "messages.get" },
      effect: { kind: "latency", ms: 150 },
    });
    const port = await freePort();
    await millrace.client.json("PATCH", "/v1/tenant", { browserOrigins: [`http://127.0.0.1:${port}`] });
    let app = await startInboxExample(world, port);
    const open = async (): Promise<DashboardPage> => {
      const opened = await openPage(browser);
      opened.page.setDefaultTimeout(60_000);
      await opened.page.addInitScript(noteBar);
      await opened.page.goto(app.url);
      return opened;
    };
    try {
      const first = await open();
      await first.page.getByRole("button", { name: "Sync now" }).click();
      await expect.poll(() => settledOn(first.page), { timeout: 60_000 }).toBeGreaterThan(300);
      const seen = await settledOn(first.page);
      await first.close();

      await app.stop();
      for (const name of serviceNames) await millrace.services.get(name)?.stop();
      app = await startInboxExample(world, port);
      const { page, complaints, close } = await open();
      const outage = page.getByRole("alert");
      await outage.waitFor();
      expect(await outage.textContent()).toBe(
        "Your mailbox cannot be reached at the moment. It is tried again by itself.",
      );
      for (const name of serviceNames) await millrace.start(name);
      await page.getByText("Syncing", { exact: true }).waitFor();
      await outage.waitFor({ state: "detached" });
      expect(await settledOn(page)).toBeGreaterThanOrEqual(seen);
      expect(await settledOn(page)).toBeLessThan(messages);
      await simulator.control.clearFaults(slow);
      await page.getByText("Up to date", { exact: true }).waitFor();
      expect(await settledOn(page)).toBe(messages);
      const widths = await page.evaluate<number[]>("window.widths");
      expect(widths).toEqual(widths.toSorted((a, b) => a - b));
      expect(widths.at(-1)).toBe(100);
      await page.getByRole("button", { name: "Sync now", disabled: false }).waitFor();
      expect(complaints).toEqual([]);

      await app.stop();
      await page.getByRole("button", { name: "Sync now" }).click();
      await page.getByRole("alert").getByText("The server cannot be reached").waitFor();
      await close();
    } finally {
      await app.stop();
    }
  }, 240_000);
}
