import { expect, it } from "vitest";
import { openPage, signIn } from "../support/dashboard-page.ts";
import type { LiveStage } from "../support/live-stage.ts";

/** The stream of all syncs is kept from the page, and nothing else is. */
export function testLostStream(stage: LiveStage): void {
  it("nothing is called live while the stream of syncs is away, however well everything else is answered", async () => {
    const { page, complaints, close } = await openPage(stage.browser);
    await signIn(page, stage.world.url, stage.world.key);
    const words = page.locator(".sidebar .connection");
    const notice = page.getByText("Connection lost, trying again");
    await page.route("**/v1/stream*", (route) => route.abort());
    await page.reload();
    await notice.waitFor();
    for (const name of ["Accounts", "Retention", "Overview"]) {
      const answered = page.waitForResponse((response) => response.url().includes("/v1/") && response.ok());
      await page.locator(".nav a", { hasText: name }).click();
      await answered;
      await page.getByRole("heading", { level: 1 }).first().waitFor();
      await page.waitForTimeout(300);
      expect([name, await words.textContent(), await notice.count()]).toEqual([name, "Offline", 1]);
    }
    await page.unroute("**/v1/stream*");
    await page.evaluate(() => dispatchEvent(new Event("online"))); // which waits for no repetition
    await notice.waitFor({ state: "detached" });
    expect(await words.textContent()).toBe("Live");
    expect(complaints).toEqual([]);
    await close();
  });
}
