import { expect, it } from "vitest";
import { phones } from "../support/dashboard-page.ts";
import { scrolledSideways } from "../support/scrolled-sideways.ts";
import type { Stage } from "../support/stage.ts";

const email = `${"a-name-that-is-long.".repeat(10)}x@initech.example`;
const tenant = "Longname".repeat(15);

/** Names as long as they may be leave room for what stands beside them. It adds a mailbox and a tenant, so it comes last. */
export function testLongNames(stage: Stage): void {
  it("names of any length push nothing out of sight, on a wide screen and on phones", async () => {
    const { world } = stage;
    const accountId = await world.connect(email, 5);
    const syncId = await world.millrace.client.requestSync(accountId);
    const made = await fetch(`${world.url}/v1/tenants`, {
      method: "POST",
      headers: { authorization: `Bearer ${world.operatorKey}`, "content-type": "application/json" },
      body: JSON.stringify({ id: "long", name: tenant }),
    });
    expect(made.status).toBe(201);
    for (const size of [{ width: 1280 }, ...phones]) {
      await stage.inside(size, async ({ page }) => {
        for (const path of [
          "/dead-letters",
          `/syncs/${syncId}`,
          `/mail/${accountId}`,
          "/syncs",
          "/accounts",
        ]) {
          await page.goto(`${world.url}${path}`);
          await page.locator("main", { hasText: email }).waitFor();
          expect(await scrolledSideways(page), path).toEqual([]);
        }
        await page.goto(`${world.url}/accounts?account=${accountId}`);
        await page.getByRole("dialog", { name: email }).waitFor();
        expect(await scrolledSideways(page), "one account").toEqual([]);
      });
      await stage.inside({ ...size, key: world.operatorKey }, async ({ page }) => {
        await page.goto(`${world.url}/tenants`);
        await page.locator("tbody tr", { hasText: tenant }).waitFor();
        expect(await scrolledSideways(page), "tenants").toEqual([]);
      });
    }
  });

  it("a message’s sender is named in full on a phone, above the address", async () => {
    await stage.inside(phones[0], async ({ page }) => {
      await page.goto(`${stage.world.url}/mail/${stage.history.ann}`);
      await page.locator(".mail-item").nth(2).click();
      const name = page.locator(".thread-who b");
      const address = page.locator(".thread-who .row span");
      await address.waitFor();
      expect(await name.evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(
        0,
      );
      const [above, below] = [await name.boundingBox(), await address.boundingBox()];
      expect((above?.y ?? 999) + (above?.height ?? 0)).toBeLessThanOrEqual(below?.y ?? 0);
    });
  });
}
