import { expect, it } from "vitest";
import { findViolations } from "../support/find-violations.ts";
import type { Stage } from "../support/stage.ts";

/** One sync. */
export function testSync(stage: Stage): void {
  it("attempts that failed alike are one row of the timeline, which the keyboard opens to show each", async () => {
    await stage.inside({}, async ({ page }) => {
      await page.goto(`${stage.world.url}/syncs/${stage.history.partialSync}`);
      const row = page.locator(".timeline > li", { hasText: "Attempt failed ×" });
      await row.waitFor();
      const attempts = Number(/×(\d+)/.exec((await row.locator(".strong").textContent()) ?? "")?.[1]);
      expect(attempts).toBeGreaterThan(1);
      expect(await page.locator(".timeline > li", { hasText: "Attempt failed" }).count()).toBe(1);
      await row.getByText(/^First .*, last /).waitFor();
      const each = row.locator("details li");
      expect(await each.first().isVisible()).toBe(false);
      await row.locator("summary").focus();
      await page.keyboard.press("Enter");
      await each
        .first()
        .getByText(/^Chunk \d+, attempt 1/)
        .waitFor();
      expect(await each.count()).toBe(attempts);
      expect(await findViolations(page)).toEqual([]);
    });
  });

  it("of a chunk in which two messages go on failing the bar shows the others, and the table how many are open", async () => {
    const { world } = stage;
    const { client } = world.millrace;
    const email = "but-for-two@initech.example";
    const accountId = await world.connect(email, 40);
    const ids = await world.messageIds(email);
    const faults: number[] = [];
    for (const messageId of ids.slice(10, 12)) {
      const effect = {
        kind: "status",
        status: 500,
        reason: "backendError",
        message: "Backend error",
      } as const;
      faults.push(await world.simulator.control.addFault({ match: { email, messageId }, effect }));
    }
    const syncId = await client.requestSync(accountId);
    await stage.inside({}, async ({ page }) => {
      await page.goto(`${world.url}/syncs/${syncId}`);
      await page.getByText(/^38 of (about )?40 messages/).waitFor();
      await page
        .getByText(
          /^2 messages are still missing; they are tried again by themselves (in \d+ s|at any moment)/,
        )
        .waitFor();
      await page.getByRole("button", { name: "Show as a table" }).click();
      await page.locator(".chunk-table").getByText("38 done, 2 open").waitFor();
      expect(await findViolations(page)).toEqual([]);
      for (const fault of faults) await world.simulator.control.clearFaults(fault);
      await page.getByText("The ledger balances.").waitFor({ timeout: 90_000 });
      await page.locator(".chunk-table").getByText("2 open").waitFor({ state: "detached" });
    });
  });
}
