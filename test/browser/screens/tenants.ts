import { expect, it } from "vitest";
import { addTroubledTenant } from "../support/add-troubled-tenant.ts";
import type { Theme } from "../support/dashboard-page.ts";
import { findViolations } from "../support/find-violations.ts";
import { scrolledSideways } from "../support/scrolled-sideways.ts";
import type { Stage } from "../support/stage.ts";

/** What the operator does. */
export function testTenants(stage: Stage): void {
  it("a tenant is made with a key that opens, is changed, gets periods of its own, and loses the key again", async () => {
    const { world } = stage;
    await stage.inside({ key: world.operatorKey }, async ({ page }) => {
      await page.getByRole("link", { name: "Tenants" }).click();
      await page.getByRole("button", { name: "New tenant" }).click();
      await page.getByLabel("Name", { exact: true }).fill("Hooli");
      await page.getByLabel("Id").fill("hooli");
      await page.getByLabel("Syncs at once").fill("3");
      await page.getByRole("button", { name: "Save" }).click();
      const panel = page.getByRole("dialog", { name: "Hooli" });
      await panel.getByText("None yet: without one").waitFor();

      await panel.getByLabel("Name of a new key").fill("first");
      await panel.getByRole("button", { name: "Make a key" }).click();
      const key = (await panel.locator(".new-key code").textContent()) ?? "";
      const opens = async (): Promise<number> =>
        (await fetch(`${world.url}/v1/tenant`, { headers: { authorization: `Bearer ${key}` } })).status;
      expect(await opens()).toBe(200);

      await panel.getByRole("button", { name: "Change", exact: true }).click();
      await page.getByLabel("Weight").fill("2.5");
      await page.getByRole("button", { name: "Save" }).click();
      await panel.getByText("2.5").waitFor();
      await panel.getByRole("button", { name: "Change the periods" }).click();
      await page.getByLabel("Audit trail").fill("91");
      await page.getByRole("button", { name: "Save" }).click();
      await panel.getByText("91 days").waitFor();
      expect(await (await asOperator(stage, "/v1/tenants/hooli")).json()).toMatchObject({
        name: "Hooli",
        runningSyncsMax: 3,
        weight: 2.5,
        retention: { auditDays: 91 },
      });

      await panel.getByRole("button", { name: "Revoke" }).click();
      await panel.getByRole("button", { name: "Revoke for good" }).click();
      await panel.getByText("revoked", { exact: true }).waitFor();
      expect(await opens()).toBe(401);
      await page.keyboard.press("Escape");
      await page.locator("tbody tr", { hasText: "hooli" }).waitFor();
    });
  });

  it("the figures of an operator’s overview lead to whose they are, and on to who can look closer", async () => {
    const { world } = stage;
    await addTroubledTenant(world);
    await stage.inside({ key: world.operatorKey }, async ({ page }) => {
      const table = page.getByRole("table");
      for (const [figure, having] of [
        ["Dead letters", "dead_letters"],
        ["Failing", "failed"],
      ] as const) {
        await page.goto(world.url);
        await page.locator("a.tile", { hasText: figure }).click();
        await page.waitForURL(`${world.url}/tenants?having=${having}`);
        await table.getByRole("link", { name: "Globex" }).waitFor();
      }
      await page.goto(world.url);
      await page.getByRole("link", { name: "those with trouble" }).click();
      const row = page.locator("tbody tr", { hasText: "globex" });
      const cells = async () =>
        (await row.locator("td.number > span > span:first-child").allTextContents()).map(Number);
      await expect.poll(cells, { timeout: 10_000 }).toEqual([0, 0, 0, 0, 3, 2, 1]);
      await row.getByText("Unknown fault 3").waitFor();

      await row.getByRole("link", { name: "Globex" }).click();
      await page.waitForURL(`${world.url}/tenants?having=trouble&tenant=globex`);
      await page.reload();
      const panel = page.getByRole("dialog", { name: "Globex" });
      const numbers = panel.getByRole("region", { name: "How its syncs are doing" });
      const fact = (name: string) => numbers.locator(".facts > div", { hasText: name }).locator("dd");
      await fact("Open dead letters").getByText("2", { exact: true }).waitFor();
      await panel.getByText("a key of the tenant shows: make one below").waitFor();
      expect(await panel.textContent()).not.toContain("@");
      await page.keyboard.press("Escape");
      await page.waitForURL(`${world.url}/tenants?having=trouble`);

      await page.goto(`${world.url}/tenants?having=waiting`);
      await page.getByText("No tenant with waiting syncs").waitFor();
      await page.getByRole("button", { name: "Show all tenants" }).click();
      await table.getByRole("link", { name: "Globex" }).waitFor();
      await page.goto(`${world.url}/tenants?tenant=nobody`);
      await page.getByText("There is no such tenant").waitFor();
      await page.goto(world.url);
      await page.getByRole("link", { name: "retention runs" }).click();
      await page.getByRole("heading", { name: "Retention", level: 1 }).waitFor();
    });
  });

  for (const theme of ["light", "dark"] satisfies Theme[]) {
    it(`what an operator sees is as axe wants it, ${theme}`, async () => {
      const { world } = stage;
      await stage.inside({ key: world.operatorKey, theme }, async ({ page }) => {
        await page.getByText("Messages a second").waitFor();
        expect(await findViolations(page), "overview").toEqual([]);
        await page.goto(`${world.url}/retention?empty=shown`);
        await page.locator("tbody tr").filter({ hasText: "everybody’s, by schedule" }).first().waitFor();
        expect(await findViolations(page), "retention").toEqual([]);
        await page.goto(`${world.url}/tenants`);
        await page.locator("tbody tr").first().waitFor();
        expect(await findViolations(page), "tenants").toEqual([]);
        await page.locator("tbody tr a").first().click();
        await page.getByRole("dialog").getByText("Return addresses").waitFor();
        expect(await findViolations(page), "one tenant").toEqual([]);
        await page.getByRole("button", { name: "Change", exact: true }).click();
        await page.getByLabel("Weight").waitFor();
        expect(await findViolations(page), "the form").toEqual([]);
      });
    });
  }

  it("an operator’s screens fit a phone", async () => {
    const { world } = stage;
    await stage.inside({ key: world.operatorKey, width: 360, height: 720 }, async ({ page }) => {
      for (const place of ["Tenants", "Retention", "Overview"]) {
        await page.getByRole("link", { name: place }).first().click();
        await page.getByRole("heading", { name: place, level: 1 }).waitFor();
        await page.locator('main [aria-busy="true"]').first().waitFor({ state: "detached" });
        expect(await scrolledSideways(page), place).toEqual([]);
      }
      await page.goto(`${world.url}/tenants?tenant=demo`);
      await page.getByRole("dialog").getByText("Return addresses").waitFor();
      expect(await scrolledSideways(page), "one tenant").toEqual([]);
    });
  });
}

const asOperator = ({ world }: Stage, path: string): Promise<Response> =>
  fetch(`${world.url}${path}`, { headers: { authorization: `Bearer ${world.operatorKey}` } });
