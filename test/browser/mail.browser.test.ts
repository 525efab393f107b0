import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPage, signIn } from "./support/dashboard-page.ts";
import { type DemoWorld, startDemoWorld } from "./support/demo-world.ts";
import { chromiumFile, noChromium, openBrowser } from "./support/open-browser.ts";

const email = "mallory@initech.example";
const attachment = "The figures, line by line.\n";

const hostile = `<p style="color: red">Dear reader</p><script>parent.document.title = "owned"</script>
<img src="https://tracker.invalid/open.gif" onerror="parent.document.title='owned'">
<a href="javascript:parent.document.title='owned'">a</a><form action="https://tracker.invalid/"><input name="x"></form>
<a id="out" href="https://elsewhere.invalid/page">elsewhere</a><iframe src="https://tracker.invalid/frame"></iframe>`;

const mime = (subject: string, id: string, more: string, html: string): Buffer =>
  Buffer.from(
    [
      "From: Mallory <mallory@elsewhere.example>",
      `To: ${email}`,
      `Subject: ${subject}`,
      `Message-ID: <${id}@elsewhere.example>`,
      `Date: ${new Date().toUTCString()}`,
      more,
      "MIME-Version: 1.0",
      'Content-Type: multipart/mixed; boundary="b"',
      "",
      "--b",
      "Content-Type: text/html; charset=utf-8",
      "",
      html,
      "--b",
      "Content-Type: text/plain",
      'Content-Disposition: attachment; filename="figures.txt"',
      "",
      attachment,
      "--b--",
      "",
    ]
      .filter((line, n) => line !== "" || n > 6)
      .join("\r\n"),
  );

describe.skipIf(chromiumFile === null)(`the mailbox reader${noChromium}`, () => {
  let world: DemoWorld;
  let browser: Browser;
  let accountId: string;

  beforeAll(async () => {
    [world, browser] = await Promise.all([startDemoWorld(), openBrowser()]);
    const { control } = world.simulator;
    accountId = await world.connect(email, 120);
    await control.addMessages(email, [
      { raw: mime("Quarterly heliotrope", "one", "", hostile), labelIds: ["INBOX", "UNREAD"] },
      {
        raw: mime(
          "Re: Quarterly heliotrope",
          "two",
          "In-Reply-To: <one@elsewhere.example>",
          "<p>An answer</p>",
        ),
        labelIds: ["INBOX"],
      },
    ]);
    await world.millrace.client.waitForEnd(await world.millrace.client.requestSync(accountId));
  });
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
  });

  it("finds a message by its words and shows its thread; nothing of what it holds runs, asks, or reaches out", async () => {
    const { page, complaints, close } = await openPage(browser);
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await signIn(page, world.url, world.key);
    await page.goto(`${world.url}/mail/${accountId}`);
    await page.getByLabel("Search mail").fill("heliotrope");
    await page.locator(".mail-subject", { hasText: /^(Unread: )?Quarterly/ }).click();
    const frame = page.frameLocator("iframe.message-frame");
    await frame.getByText("Dear reader").waitFor();
    const colour = await frame.getByText("Dear reader").evaluate((shown) => {
      const page = globalThis as unknown as { getComputedStyle(element: unknown): { color: string } };
      return page.getComputedStyle(shown).color;
    });
    expect(colour).toBe("rgb(255, 0, 0)");
    expect(await frame.locator("script, form, iframe, [onerror]").count()).toBe(0);
    await page.getByRole("button", { name: "Load them" }).waitFor();
    expect(await page.title()).toBe("Mail · Millrace");
    expect(asked.filter((url) => !url.startsWith(world.url) && !url.startsWith("data:"))).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });

  it("comes back to the same search by reload, back and forward, and its words are in no address and gone with the key", async () => {
    const { page, close } = await openPage(browser);
    const addresses: string[] = [];
    page.on("request", (request) => {
      if (request.isNavigationRequest()) addresses.push(request.url());
    });
    page.on("framenavigated", (frame) => addresses.push(frame.url()));
    await signIn(page, world.url, world.key);
    await page.goto(`${world.url}/mail/${accountId}`);
    const words = page.getByLabel("Search mail");
    const found = page.locator(".mail-subject", { hasText: /^(Unread: )?Quarterly/ });
    await page.getByRole("button", { name: "All mail" }).click();
    await words.fill("heliotrope");
    await found.click();
    const opened = page.url();
    expect(opened).toContain(`/mail/${accountId}/msg_`);
    await page.reload();
    expect(await words.inputValue()).toBe("heliotrope");
    await found.waitFor();
    await words.fill("answer");
    await page.locator(".mail-subject", { hasText: "Re: Quarterly" }).waitFor();

    await page.goBack();
    await page.getByText("No message is open").waitFor();
    expect(await words.inputValue()).toBe("heliotrope");
    expect(await page.getByRole("button", { name: "All mail" }).getAttribute("aria-pressed")).toBe("true");
    await found.waitFor();
    await page.goForward();
    await page.locator("iframe.message-frame").first().waitFor();
    expect([page.url(), await words.inputValue()]).toEqual([opened, "answer"]);
    expect(addresses.join()).not.toMatch(/heliotrope|answer/);
    expect(await page.evaluate("JSON.stringify(history.state)")).not.toMatch(/heliotrope|answer/);

    await page.getByRole("button", { name: "Sign out" }).first().click();
    await page.getByLabel("Key").waitFor();
    expect(await page.evaluate("JSON.stringify(sessionStorage)")).not.toMatch(/heliotrope|answer/);
    await close();
  });

  it("loads pictures from elsewhere when they are asked for, and only then", async () => {
    const { page, close } = await openPage(browser);
    const elsewhere: string[] = [];
    await page.route("https://tracker.invalid/**", (route) => {
      elsewhere.push(route.request().url());
      return route.abort();
    });
    await signIn(page, world.url, world.key);
    await page.goto(`${world.url}/mail/${accountId}`);
    await page.getByLabel("Search mail").fill("heliotrope");
    await page.locator(".mail-subject", { hasText: /^(Unread: )?Quarterly/ }).click();
    await page.getByRole("button", { name: "Load them" }).click();
    await expect.poll(() => elsewhere).toEqual(["https://tracker.invalid/open.gif"]);
    await close();
  });

  it("downloads an attachment with the key in a header, and the message as it was sent", async () => {
    const { page, close } = await openPage(browser);
    await signIn(page, world.url, world.key);
    await page.goto(`${world.url}/mail/${accountId}`);
    await page.getByLabel("Search mail").fill("heliotrope");
    await page.locator(".mail-item").first().click();
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: /figures\.txt/ }).click(),
    ]);
    expect(file.suggestedFilename()).toBe("figures.txt");
    const stream = await file.createReadStream();
    expect(
      Buffer.concat(await stream.toArray())
        .toString("utf8")
        .trim(),
    ).toBe(attachment.trim());
    expect(file.url()).not.toContain("mr_");
    await close();
  });
});
