import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { testAccounts } from "./screens/accounts.ts";
import { testDeadLetters } from "./screens/dead-letters.ts";
import { testLongNames } from "./screens/long-names.ts";
import { testMissing } from "./screens/missing.ts";
import { testPhone } from "./screens/phone.ts";
import { testRetention } from "./screens/retention.ts";
import { testSync } from "./screens/sync.ts";
import { testTenants } from "./screens/tenants.ts";
import { testTraceLink } from "./screens/trace-link.ts";
import { phones, type Theme } from "./support/dashboard-page.ts";
import { findViolations } from "./support/find-violations.ts";
import type { History } from "./support/make-history.ts";
import { chromiumFile, noChromium } from "./support/open-browser.ts";
import { scrolledSideways } from "./support/scrolled-sideways.ts";
import { setStage } from "./support/stage.ts";

interface Screen {
  readonly name: string;
  readonly path: (history: History) => string;
  /** Is to be seen on it. */
  readonly sees: (page: Page) => Promise<void>;
}

const text =
  (...words: string[]) =>
  async (page: Page): Promise<void> => {
    for (const word of words) await page.getByText(word).filter({ visible: true }).first().waitFor();
  };

const screens: readonly Screen[] = [
  {
    name: "overview",
    path: () => "/",
    sees: text("Messages a second", "Errors by category", "Queue", "Mailboxes", "elena@initech.example"),
  },
  { name: "syncs", path: () => "/syncs", sees: text("Start a sync", "partial", "completed", "paused") },
  {
    name: "one sync",
    path: ({ partialSync }) => `/syncs/${partialSync}`,
    sees: text("carla@initech.example", "Ledger", "It balances", "Mail fetched", "Retry", "3 chunks"),
  },
  {
    name: "accounts",
    path: () => "/accounts",
    sees: text("elena@initech.example", "reconnect", "dmitri@initech.example"),
  },
  {
    name: "one account",
    path: ({ elena }) => `/accounts?account=${elena}`,
    sees: text("The provider refuses the mailbox", "Connect again", "Watermark"),
  },
  { name: "dead letters", path: () => "/dead-letters", sees: text("I am a teapot", "Redrive all of these") },
  { name: "retention", path: () => "/retention", sees: text("How long things are kept", "Runs", "Run now") },
  {
    name: "mailbox",
    path: ({ ann }) => `/mail/${ann}`,
    sees: async (page) => {
      await page.locator(".mail-item").first().waitFor();
      await page.getByRole("navigation", { name: "Labels" }).getByRole("button").nth(3).waitFor();
    },
  },
  {
    name: "message",
    path: ({ ann }) => `/mail/${ann}`,
    sees: async (page) => {
      await page.locator(".mail-item").nth(2).click();
      await page.locator("iframe.message-frame").waitFor();
    },
  },
];

describe.skipIf(chromiumFile === null)(`the dashboard's screens${noChromium}`, () => {
  const stage = setStage();
  const { inside } = stage;

  for (const theme of ["light", "dark"] satisfies Theme[]) {
    it(`show what they are for, and axe finds nothing wrong with any, ${theme}`, async () => {
      await inside({ theme }, async ({ page }) => {
        for (const { name, path, sees } of screens) {
          await page.goto(`${stage.world.url}${path(stage.history)}`);
          await sees(page);
          expect(await findViolations(page), name).toEqual([]);
        }
      });
    });
  }

  it.each(phones)("fit a phone of %o: nothing on them is scrolled sideways", async (phone) => {
    await inside(phone, async ({ page }) => {
      for (const { name, path, sees } of screens) {
        await page.goto(`${stage.world.url}${path(stage.history)}`);
        await sees(page);
        expect(await scrolledSideways(page), name).toEqual([]);
      }
    });
  });

  it("on a phone the bar at their foot leads everywhere", async () => {
    await inside({ width: 360, height: 720 }, async ({ page }) => {
      await page.goto(stage.world.url);
      for (const place of ["Syncs", "Accounts", "Dead letters", "Mail", "Retention", "Overview"]) {
        await page.getByRole("link", { name: place }).first().click();
        await page.locator(`.nav a[aria-current="page"]`, { hasText: place }).waitFor();
      }
      expect(await findViolations(page)).toEqual([]);
    });
  });

  it("are reached and used with the keyboard alone: a sync is started, and cancelled", async () => {
    await stage.world.simulator.control.addFault({
      match: { email: "dmitri@initech.example" },
      effect: { kind: "latency", ms: 1_500 },
    });
    await inside({}, async ({ page }) => {
      const focused = (): Promise<string> =>
        page.evaluate(
          "(document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '').trim()",
        );
      const tabTo = async (name: string): Promise<void> => {
        for (let presses = 0; (await focused()) !== name; presses++) {
          expect(presses, `Tab never reaches ${name}`).toBeLessThan(60);
          await page.keyboard.press("Tab");
        }
      };
      await tabTo("Syncs");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Syncs" }).waitFor();
      await tabTo("Start a sync");
      await page.keyboard.press("Enter");
      await page.getByRole("dialog").waitFor();
      await page.getByRole("dialog").getByRole("combobox").focus();
      await page.keyboard.type("dmitri");
      await tabTo("Start");
      await page.keyboard.press("Enter");
      await page.waitForURL(/\/syncs\/syn_/);
      await tabTo("Cancel");
      await page.keyboard.press("Enter");
      await page.getByRole("dialog").waitFor();
      await tabTo("Cancel the sync");
      await page.keyboard.press("Enter");
      await page.getByText("Cancelled; what was stored until then is kept").waitFor();
    });
    await stage.world.simulator.control.clearFaults();
  });

  it("a sync is paused and resumed by hand", async () => {
    const fault = await stage.world.simulator.control.addFault({
      match: { email: "ben@initech.example", endpoint: "messages.get" },
      effect: { kind: "latency", ms: 400 },
    });
    await stage.world.simulator.control.generateMessages("ben@initech.example", 300);
    const accounts = await stage.world.millrace.client.json<{ items: { id: string; email: string }[] }>(
      "GET",
      "/v1/accounts",
    );
    const ben = accounts.items.find(({ email }) => email.startsWith("ben"))?.id ?? "";
    const syncId = await stage.world.millrace.client.requestSync(ben);
    await inside({}, async ({ page }) => {
      await page.goto(`${stage.world.url}/syncs/${syncId}`);
      await page.getByRole("button", { name: "Pause" }).click();
      await page.getByText("paused", { exact: true }).waitFor();
      await stage.world.simulator.control.clearFaults(fault);
      await page.getByRole("button", { name: "Resume" }).click();
      await page.getByText("completed", { exact: true }).waitFor();
    });
  });

  testAccounts(stage);
  testMissing(stage);
  testSync(stage);
  testPhone(stage);

  it("a mailbox is connected again by the link that the dashboard makes, and no trace of it stays in the address", async () => {
    await inside({}, async ({ page }) => {
      await page.goto(`${stage.world.url}/accounts?account=${stage.history.elena}`);
      await page.getByRole("button", { name: "Connect again", exact: true }).click();
      await page.getByRole("button", { name: "Make the link" }).click();
      await page.getByRole("link", { name: "Open here" }).click();
      await page.locator('[name="decision"][value="allow"]').click();
      await page.getByText("The mailbox is connected").waitFor();
      expect(new URL(page.url()).search).toBe(`?account=${stage.history.elena}`);
      await page.getByText("connected", { exact: true }).first().waitFor();
    });
  });

  testDeadLetters(stage);
  testRetention(stage);
  testTenants(stage);
  testTraceLink(stage);
  testLongNames(stage);
});
