import pg from "pg";
import { expect, it } from "vitest";
import type { Stage } from "../support/stage.ts";

/** What a mailbox leads to. */
export function testAccounts(stage: Stage): void {
  it("a mailbox to be connected again has no next look, and is connected again from where that is said", async () => {
    await stage.inside({}, async ({ page }) => {
      await page.goto(`${stage.world.url}/accounts`);
      const row = page.locator("tbody tr", { hasText: "elena@initech.example" });
      await row.getByText("after reconnecting").waitFor();
      expect(await row.locator("td").last().textContent()).not.toMatch(/ago|in \d/);
      await row.getByRole("button", { name: "Connect again elena@initech.example" }).click();
      await page.getByRole("dialog", { name: "Connect elena@initech.example again" }).waitFor();
      await page.goto(`${stage.world.url}/accounts?account=${stage.history.elena}`);
      await page.locator(".facts > div", { hasText: "Next look" }).getByText("after reconnecting").waitFor();
      const others = page.locator("tbody tr", { hasText: "carla@initech.example" });
      await others
        .locator("td")
        .last()
        .getByText(/^(in |due now)/)
        .waitFor();
    });
  });

  it("a mailbox opens in a tab of its own, by an address that survives a reload, and back leads to the list", async () => {
    const { world, history } = stage;
    await stage.inside({}, async ({ page }) => {
      await page.goto(`${world.url}/accounts`);
      const link = page.getByRole("link", { name: "carla@initech.example" });
      expect(await link.getAttribute("href")).toBe(`/accounts?account=${history.carla}`);
      const [tab] = await Promise.all([
        page.context().waitForEvent("page"),
        link.click({ button: "middle" }),
      ]);
      await expect.poll(() => tab.url()).toBe(`${world.url}/accounts?account=${history.carla}`);
      expect(page.url()).toBe(`${world.url}/accounts`);
      await tab.close();

      await link.click();
      const panel = page.getByRole("dialog", { name: "carla@initech.example" });
      await panel.waitFor();
      await page.reload();
      await panel.waitFor();
      await page.goBack();
      await panel.waitFor({ state: "detached" });
      expect(page.url()).toBe(`${world.url}/accounts`);
    });
  });

  it("a mailbox whose consent ends soon says so, in the list and at length", async () => {
    const { world, history } = stage;
    const database = new pg.Client({ connectionString: world.millrace.databaseUrl });
    await database.connect();
    const endIn = (hours: number | null) =>
      database.query(
        "update accounts set consent_ends_at = now() + make_interval(hours => $2) where id = $1",
        [history.ann, hours],
      );
    try {
      await endIn(49);
      await stage.inside({}, async ({ page }) => {
        await page.goto(`${world.url}/accounts?account=${history.ann}`);
        await page
          .locator("tbody tr", { hasText: "ann@initech.example" })
          .getByText("consent ends in 2 d")
          .waitFor();
        await page.getByRole("dialog").getByText("The consent to the mailbox ends in 2 d").waitFor();
      });
      await endIn(24 * 20 + 1);
      await stage.inside({}, async ({ page }) => {
        await page.goto(`${world.url}/accounts?account=${history.ann}`);
        await page.locator(".facts > div", { hasText: "Consent ends" }).getByText("in 20 d").waitFor();
        expect(await page.getByText("The consent to the mailbox").count()).toBe(0);
      });
    } finally {
      await endIn(null);
      await database.end();
    }
  });

  it("an owner without a key reads what came of the consent, and the dialog that made the link notices", async () => {
    const { world, history } = stage;
    const back = `${world.url}/accounts`;
    const database = new pg.Client({ connectionString: world.millrace.databaseUrl });
    await database.connect();
    await world.millrace.client.json("PATCH", "/v1/tenant", { returnUrls: [back] });
    try {
      await stage.inside({}, async ({ page }) => {
        await page.goto(back);
        await page.getByRole("button", { name: "Connect a mailbox" }).click();
        await page.getByRole("button", { name: "Make the link" }).click();
        await page.getByRole("button", { name: "Copy for the owner" }).waitFor();
        const owner = await page.context().newPage(); // a tab has a session of its own: nobody is signed in there
        await owner.goto(`${back}?status=failed&error=access_denied`);
        await owner.getByText("Open the link again and allow it").waitFor();
        await owner.goto(`${back}?status=connected&accountId=${history.ann}&receipt=secret`);
        await owner.getByText("You may close this page.").waitFor();
        expect(owner.url()).toBe(back);
        await owner.reload();
        await owner.getByRole("heading", { name: "Your mailbox is connected" }).waitFor();
        await owner.close();
        await database.query(
          "update connect_links set account_id = $1, connected_at = now(), receipt = 'r' where account_id is null",
          [history.ann],
        );
        await page.getByText("The link was used: the mailbox is connected.").waitFor();
        await page.getByRole("link", { name: "Show the mailbox" }).click();
        await page.getByRole("dialog", { name: "ann@initech.example" }).waitFor();
      });
    } finally {
      await database.end();
    }
  });

  it("a link that has ended is followed by a new one in its place", async () => {
    const { world } = stage;
    const back = `${world.url}/accounts`;
    const database = new pg.Client({ connectionString: world.millrace.databaseUrl });
    await database.connect();
    await world.millrace.client.json("PATCH", "/v1/tenant", { returnUrls: [back] });
    try {
      await stage.inside({}, async ({ page }) => {
        await page.goto(back);
        await page.getByRole("button", { name: "Connect a mailbox" }).click();
        await page.getByRole("button", { name: "Make the link" }).click();
        const open = page.getByRole("link", { name: "Open here" });
        const first = await open.getAttribute("href");
        await database.query(
          "update connect_links set expires_at = now() - interval '1 minute' where connected_at is null",
        );
        await page.getByText("The link has ended, and nothing was connected.").waitFor();
        expect(await open.count()).toBe(0);
        await page.getByRole("button", { name: "Make a new link" }).click();
        await page.getByText("Whoever has it can connect a mailbox with it").waitFor();
        expect(await open.getAttribute("href")).not.toBe(first);
        expect(await page.getByRole("dialog").count()).toBe(1);
      });
    } finally {
      await database.end();
    }
  });

  it("a mailbox is compared with its copy, and says what was found", async () => {
    const { world, history } = stage;
    await stage.inside({}, async ({ page }) => {
      await page.goto(`${world.url}/accounts?account=${history.ann}`);
      await page.getByRole("button", { name: "Compare with the mailbox" }).click();
      await page.getByText(/^The copy is what the mailbox is: [\d,]+ messages compared$/).waitFor();
      await page.getByRole("dialog").getByText("no difference, just now").waitFor();
    });
  });

  it("a mailbox says how many dead letters it has, and leads to them, with the filter set", async () => {
    const { world, history } = stage;
    await stage.inside({}, async ({ page }) => {
      await page.goto(`${world.url}/accounts?account=${history.carla}`);
      await page.getByRole("link", { name: "2 dead letters open" }).click();
      await page.getByRole("heading", { name: "Dead letters", level: 1 }).waitFor();
      expect(new URL(page.url()).search).toBe(`?account=${history.carla}`);
      expect(await page.getByLabel("Account").inputValue()).toBe(history.carla);
      await page.locator("tbody tr").nth(1).getByText("carla@initech.example").waitFor();
      await page.getByRole("button", { name: "Unknown fault" }).first().click();
      await page.getByRole("dialog").getByRole("link", { name: "carla@initech.example" }).click();
      await page.getByRole("dialog", { name: "carla@initech.example" }).waitFor();
      await page.goto(`${world.url}/accounts?account=${history.ann}`);
      await page.getByRole("link", { name: "No open dead letters" }).waitFor();
    });
  });
}
