import { expect, it } from "vitest";
import type { Theme } from "../support/dashboard-page.ts";
import { findViolations } from "../support/find-violations.ts";
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
      await page.getByLabel("Audit trail").fill("90");
      await page.getByRole("button", { name: "Save" }).click();
      await panel.getByText("90 days").waitFor();
      expect(await (await asOperator(stage, "/v1/tenants/hooli")).json()).toMatchObject({
        name: "Hooli",
        runningSyncsMax: 3,
        weight: 2.5,
        retention: { auditDays: 90 },
      });

      await panel.getByRole("button", { name: "Revoke" }).click();
      await panel.getByRole("button", { name: "Revoke for good" }).click();
      await panel.getByText("revoked", { exact: true }).waitFor();
      expect(await opens()).toBe(401);
      await page.keyboard.press("Escape");
      await page.locator("tbody tr", { hasText: "hooli" }).waitFor();
    });
  });

  for (const theme of ["light", "dark"] satisfies Theme[]) {
    it(`what an operator sees is as axe wants it, ${theme}`, async () => {
      const { world } = stage;
      await stage.inside({ key: world.operatorKey, theme }, async ({ page }) => {
        await page.getByText("Messages a second").waitFor();
        expect(await findViolations(page), "overview").toEqual([]);
        await page.goto(`${world.url}/retention`);
        await page.locator("tbody tr").filter({ hasText: "everybody’s, by schedule" }).first().waitFor();
        expect(await findViolations(page), "retention").toEqual([]);
        await page.goto(`${world.url}/tenants`);
        await page.locator("tbody tr").first().waitFor();
        expect(await findViolations(page), "tenants").toEqual([]);
        await page.locator("tbody tr button").first().click();
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
        const wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        expect(wide, place).toBeLessThanOrEqual(0);
      }
    });
  });
}

const asOperator = ({ world }: Stage, path: string): Promise<Response> =>
  fetch(`${world.url}${path}`, { headers: { authorization: `Bearer ${world.operatorKey}` } });
