import { retentionTaskNames } from "@millrace/shared/retention/retention-task-names";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { ageDeletedMail } from "../support/age-deleted-mail.ts";
import { findViolations } from "../support/find-violations.ts";
import type { Stage } from "../support/stage.ts";

/** All but those that concern what is nobody's alone. */
const tenantsTasks = retentionTaskNames.length - 2;

const email = "ann@initech.example";

/** What is removed, and what may not be. */
export function testRetention(stage: Stage): void {
  const runs = (page: Page, task: string) => page.locator("tbody tr", { hasText: task });
  const newest = (page: Page, task: string, words: string) =>
    runs(page, task).first().filter({ hasText: words }).waitFor();

  it("retention: a dry run says what would go, a run removes it, and the list is narrowed by the address", async () => {
    const { world, history } = stage;
    await ageDeletedMail(world, { accountId: history.ann, email, count: 7, days: 31 });
    await stage.inside({}, async ({ page }) => {
      await page.goto(`${world.url}/retention?task=messages`);
      await page.getByRole("button", { name: "Dry run: Deleted mail" }).click();
      await newest(page, "Deleted mail", "would be: 7 messages");
      await page.getByRole("button", { name: "Run now" }).click();
      await page.getByRole("dialog").getByText("there is no way back").waitFor();
      expect(await findViolations(page), "the dialog").toEqual([]);
      await page.getByRole("button", { name: "Remove it" }).click();
      await runs(page, "Deleted mail").nth(1).filter({ hasText: "dry run" }).waitFor();
      await runs(page, "Deleted mail")
        .first()
        .getByText(/^7 messages/)
        .waitFor();
      await runs(page, "Deleted mail")
        .first()
        .getByText(/^[\d.]+ [kM]?B$/)
        .waitFor();
      await page.getByLabel("State").selectOption("failed");
      await page.getByText("No such run").waitFor();
      expect(new URL(page.url()).search).toBe("?task=messages&empty=shown&state=failed");
    });
  });

  it("retention: with the keyboard alone all tasks are dry run; a key that only reads is offered nothing", async () => {
    const { world } = stage;
    await stage.inside({}, async ({ page }) => {
      await page.getByRole("link", { name: "Retention" }).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Retention", level: 1 }).waitFor();
      await page.getByRole("button", { name: "Dry run" }).focus();
      await page.keyboard.press("Enter");
      await page.getByText(`${tenantsTasks} dry runs asked for; nothing is removed`).waitFor();
      await newest(page, "Connect links", "nothing is due");
      await page.getByLabel("With dry runs that found nothing").uncheck();
      await runs(page, "Connect links").first().waitFor({ state: "detached" });
    });
    const { key } = await world.millrace.client.json<{ key: string }>("POST", "/v1/keys", {
      name: "looks",
      scopes: ["read"],
    });
    await stage.inside({ key }, async ({ page }) => {
      await page.goto(`${world.url}/retention`);
      await runs(page, "Deleted mail").first().waitFor();
      expect(await page.getByRole("button", { name: /Run now|Dry run|Change/ }).count()).toBe(0);
    });
  });

  it("retention: a tenant's periods are changed, and are those of everybody again when they are emptied", async () => {
    const { world } = stage;
    await stage.inside({}, async ({ page }) => {
      await page.goto(`${world.url}/retention`);
      const shown = page.locator(".own-periods .facts > div", { hasText: "Failed syncs" });
      for (const [days, words] of [
        ["30", /30 days\s*its own$/],
        ["", /7 days\s*as for everybody$/],
      ] as const) {
        await page.getByRole("button", { name: "Change" }).click();
        await page.getByRole("dialog").getByLabel("Failed syncs").fill(days);
        await page.getByRole("button", { name: "Save" }).click();
        await shown.filter({ hasText: words }).waitFor();
      }
      const { retention } = await world.millrace.client.json<{ retention: object }>("GET", "/v1/tenant");
      expect(retention).toEqual({});
    });
  });

  it("an operator’s list has no runs that found nothing, until he asks for them", async () => {
    const { world } = stage;
    await stage.inside({ key: world.operatorKey }, async ({ page }) => {
      await page.goto(`${world.url}/retention`);
      await page.locator("tbody tr").first().waitFor();
      const empty = page
        .locator("tbody tr", { hasText: "by schedule" })
        .getByText("nothing", { exact: true });
      expect(await empty.count()).toBe(0);
      await page.getByLabel("With runs that found nothing").check();
      await empty.first().waitFor();
      expect(new URL(page.url()).search).toBe("?empty=shown");
      expect(await findViolations(page)).toEqual([]);
      await page.getByLabel("With runs that found nothing").uncheck();
      await empty.first().waitFor({ state: "detached" });
    });
  });

  it("an account is held with a reason, which is changed and ended where the account is shown", async () => {
    const { world, history } = stage;
    await stage.inside({}, async ({ page }) => {
      await page.goto(`${world.url}/accounts?account=${history.ann}`);
      await page.getByRole("button", { name: "Hold" }).click();
      await page.getByLabel("Reason").fill("litigation 17");
      await page.getByRole("button", { name: "Hold the account" }).click();
      await page.getByText("Held: litigation 17").waitFor();
      expect(await findViolations(page), "a held account").toEqual([]);
      await page.getByRole("button", { name: "Change the reason" }).click();
      await page.getByLabel("Reason").fill("litigation 18");
      await page.getByRole("button", { name: "Change the reason" }).click();
      await page.getByText("Held: litigation 18").waitFor();
      const held = await world.millrace.client.send("DELETE", `/v1/accounts/${history.ann}`);
      expect(held.status).toBe(409);
      await page.getByRole("button", { name: "End the hold" }).click();
      await page.getByRole("button", { name: /^End it/ }).click();
      await page.getByText("Held: litigation").waitFor({ state: "detached" });
    });
  });
}
