import { expect, it } from "vitest";
import type { Stage } from "../support/stage.ts";

/** What was set aside. */
export function testDeadLetters(stage: Stage): void {
  it("dead letters are inspected, discarded one by one, and redriven", async () => {
    const { world, inside } = stage;
    await world.simulator.control.clearFaults();
    await inside({}, async ({ page }) => {
      await page.goto(`${world.url}/dead-letters`);
      await page.getByRole("button", { name: "Unknown fault" }).first().click();
      await page.getByRole("dialog").getByText("Attempts").waitFor();
      await page.getByRole("button", { name: "Discard" }).click();
      await page.getByRole("button", { name: "Discard for good" }).click();
      await page.getByText("The dead letter is discarded").waitFor();
      // The list without it: what is picked then is the other one.
      await page.locator("tbody tr").nth(1).waitFor({ state: "detached" });
      await page
        .getByRole("checkbox", { name: /^Pick message/ })
        .first()
        .check();
      await page.getByRole("button", { name: "Redrive 1 dead letter" }).click();
      await page.getByText("1 dead letter redriven").waitFor();
      await page.getByText("Nothing is set aside").waitFor();
    });
  });

  it("a dead letter that is tried again stays open, and says what came of it", async () => {
    const { world } = stage;
    const { client } = world.millrace;
    const email = "gerda@initech.example";
    const accountId = await world.connect(email, 1);
    const fault = await world.simulator.control.addFault({
      match: { email, endpoint: "batch" },
      effect: { kind: "status", status: 418, reason: "teapot", message: "I am a teapot", domain: "global" },
    });
    const { id: syncId } = await client.waitForEnd(await client.requestSync(accountId), 60_000);
    await stage.inside({}, async ({ page }) => {
      await page.goto(`${world.url}/dead-letters?sync=${syncId}`);
      await page.locator("tbody tr").first().getByRole("button").first().click();
      const panel = page.getByRole("dialog");
      await panel.getByText("I am a teapot").waitFor();
      await world.simulator.control.clearFaults(fault);
      await panel.getByRole("button", { name: "Redrive" }).click();
      await panel.getByText("It was tried again, and is stored.").waitFor();
      await panel.getByRole("link", { name: "Its sync" }).click();
      await page.getByText("The ledger balances.").waitFor();
    });
  });

  it("a chunk that was set aside is settled in the grid and in the table when it is redriven, long after its sync’s end", async () => {
    const { world } = stage;
    const { client } = world.millrace;
    const email = "frank@initech.example";
    const accountId = await world.connect(email, 30);
    const fault = await world.simulator.control.addFault({
      match: { email, endpoint: "batch" },
      effect: { kind: "status", status: 418, reason: "teapot", message: "I am a teapot", domain: "global" },
    });
    const { id: syncId, status } = await client.waitForEnd(await client.requestSync(accountId), 60_000);
    expect(status).toBe("partial");
    await world.simulator.control.clearFaults(fault);
    await stage.inside({}, async ({ page }) => {
      await page.goto(`${world.url}/syncs/${syncId}`);
      const legend = (words: RegExp) => page.locator(".legend li", { hasText: words }).waitFor();
      await legend(/^dead-lettered1$/);
      await page.getByRole("button", { name: "Show as a table" }).click();
      await page.locator(".chunk-table").getByText("dead-lettered").waitFor();
      await client.json("POST", "/v1/dead-letters/redrive", { syncId });
      await legend(/^settled1$/);
      await page.locator(".chunk-table").getByText("settled", { exact: true }).waitFor();
    });
  });
}
