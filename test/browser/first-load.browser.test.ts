import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { dashboardDist } from "@millrace/infra/dashboard/build-dashboard";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPage, signIn } from "./support/dashboard-page.ts";
import { type DemoWorld, startDemoWorld } from "./support/demo-world.ts";
import { measureMainThread } from "./support/measure-main-thread.ts";
import { chromiumFile, noChromium, openBrowser } from "./support/open-browser.ts";

const gzippedBytesMax = 200_000;
/** What tasks take beyond 50 ms each, of the processor's time. */
const blockedMsMax = 300;

describe.skipIf(chromiumFile === null)(`the first load${noChromium}`, () => {
  let world: DemoWorld;
  let browser: Browser;

  beforeAll(async () => {
    [world, browser] = await Promise.all([startDemoWorld(), openBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
  });

  it(`takes less than ${gzippedBytesMax / 1_000} KB gzipped, fonts included, until the overview is there; nothing else is loaded`, async () => {
    const { page, close } = await openPage(browser);
    const files = new Set<string>();
    page.on("request", (request) => {
      const { origin, pathname } = new URL(request.url());
      expect(origin).toBe(world.url);
      if (pathname.startsWith("/dashboard/")) files.add(pathname.slice("/dashboard/".length));
    });
    const { blockedMs, busyMs } = await measureMainThread(browser, page, async () => {
      await signIn(page, world.url, world.key);
      await page.getByText("Messages a second").waitFor();
      await page.locator(".time-series canvas").first().waitFor();
    });
    const bytes = [...files, "index.html"].map(gzippedBytes).reduce((sum, size) => sum + size, 0);
    expect(files.size).toBeGreaterThan(3);
    expect(bytes).toBeLessThan(gzippedBytesMax);
    expect(busyMs).toBeGreaterThan(50); // it was seen
    expect(blockedMs).toBeLessThan(blockedMsMax);
    await close();
  });

  it("is served with a policy that lets no foreign script in; files never change, the page is asked for anew", async () => {
    const page = await fetch(`${world.url}/syncs/any`, { headers: { "accept-encoding": "br" } });
    expect(page.status).toBe(200);
    expect(page.headers.get("content-security-policy")).toContain("script-src 'self';");
    expect(page.headers.get("cache-control")).toBe("no-cache");
    const html = await page.text();
    const [, script = ""] = /src="(\/dashboard\/assets\/[^"]+)"/.exec(html) ?? [];
    const file = await fetch(world.url + script);
    expect(file.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(file.headers.get("content-encoding")).toMatch(/br|gzip/);
    expect(html).not.toMatch(/<script(?![^>]*src=)/);
    for (const path of ["/v1/nothing", "/dashboard/nothing.js", "/elsewhere"]) {
      const answer = await fetch(world.url + path);
      expect(answer.headers.get("content-type"), path).toContain("application/problem+json");
    }
    expect((await fetch(`${world.url}/healthz`)).headers.get("content-type")).toContain("application/json");
    expect((await fetch(`${world.url}/syncs`, { method: "POST" })).status).toBe(405);
  });
});

/** As it would be sent; what is compressed already (fonts) is sent as it is. */
function gzippedBytes(name: string): number {
  const file = join(dashboardDist, name);
  return statSync(existsSync(`${file}.gz`) ? `${file}.gz` : file).size;
}
