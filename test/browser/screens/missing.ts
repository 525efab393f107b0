import { expect, it } from "vitest";
import { findViolations } from "../support/find-violations.ts";
import type { Stage } from "../support/stage.ts";

/** Addresses that lead to nothing. */
export function testMissing(stage: Stage): void {
  it("an address without a page is said to be none, in the dashboard’s words, and leads back", async () => {
    const { world } = stage;
    for (const key of [world.key, world.operatorKey]) {
      await stage.inside({ key }, async ({ page }) => {
        const answer = await page.goto(`${world.url}/nope`);
        expect(answer?.status()).toBe(404);
        await page.getByRole("heading", { name: "No such page" }).waitFor();
        expect(await findViolations(page)).toEqual([]);
        await page.getByRole("link", { name: "Go to the dashboard" }).click();
        await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
      });
    }
  });

  it("a screen that an operator’s key does not open leads home, and says why", async () => {
    const { world, history } = stage;
    await stage.inside({ key: world.operatorKey }, async ({ page }) => {
      const path = `/syncs/${history.partialSync}`;
      await page.goto(`${world.url}${path}`);
      await page.getByText(`Your key does not open ${path}.`).waitFor();
      expect(new URL(page.url()).pathname).toBe("/");
    });
  });

  it("a sync and a message that are not there are told of in a person’s words, with a way back", async () => {
    const { world, history } = stage;
    await stage.inside({}, async ({ page }) => {
      for (const id of [`${history.partialSync}x`, "syn_nothing", "%20"]) {
        await page.goto(`${world.url}/syncs/${id}`);
        await page.getByRole("heading", { name: "No such sync" }).waitFor();
        expect(await page.locator("main").textContent()).not.toMatch(/GET|\/v1\/|must|#/);
      }
      await page.getByRole("link", { name: "All syncs" }).click();
      await page.getByRole("heading", { name: "Syncs", level: 1 }).waitFor();
      await page.goto(`${world.url}/mail/${history.ann}/msg_nothing`);
      await page.getByRole("heading", { name: "No such message" }).waitFor();
      await page.getByRole("link", { name: "Its mailbox" }).click();
      await page.waitForURL(`${world.url}/mail/${history.ann}`);
    });
  });

  it("an address that names a mailbox or a dead letter opens it whatever the list shows, and says so when it is not there", async () => {
    const { world, history } = stage;
    await stage.inside({}, async ({ page }) => {
      await page.goto(`${world.url}/accounts?account=acc_nothing`);
      await page.getByText("There is no mailbox acc_nothing").waitFor();
      await page.goto(`${world.url}/dead-letters?letter=dl_nothing`);
      await page.getByText("There is no dead letter dl_nothing").waitFor();
      const { items } = await world.millrace.client.json<{ items: { id: string }[] }>(
        "GET",
        `/v1/dead-letters?accountId=${history.carla}`,
      );
      await page.goto(`${world.url}/dead-letters?state=resolved&letter=${items[0]?.id}`);
      await page.getByRole("dialog").getByText("carla@initech.example").waitFor();
      await page.keyboard.press("Escape");
      await page.getByText("None of these").waitFor();
    });
  });
}
