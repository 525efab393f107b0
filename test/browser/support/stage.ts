import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import { type DashboardPage, openPage, type PageOptions, signIn } from "./dashboard-page.ts";
import { type DemoWorld, startDemoWorld } from "./demo-world.ts";
import { type History, makeHistory } from "./make-history.ts";
import { openBrowser } from "./open-browser.ts";

interface VisitOptions extends PageOptions {
  /** Who signs in; the tenant's first key when it is absent. */
  readonly key?: string;
  /** Of another copy of sync-api than the first. */
  readonly url?: string;
}

/** A Millrace with a history and a browser, for all tests of a file. They are there when the first test begins. */
export interface Stage {
  readonly world: DemoWorld;
  readonly history: History;
  /** Signs in in a tab of its own; what the browser complains about is a failure. */
  inside(options: VisitOptions, run: (opened: DashboardPage) => Promise<void>): Promise<void>;
}

const clickMsMax = 15_000;

export function setStage(): Stage {
  let world: DemoWorld;
  let browser: Browser;
  let history: History;
  beforeAll(async () => {
    [world, browser] = await Promise.all([startDemoWorld(), openBrowser()]);
    history = await makeHistory(world);
  });
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
  });
  return {
    get world() {
      return world;
    },
    get history() {
      return history;
    },
    async inside({ key = world.key, url = world.url, ...options }, run) {
      const opened = await openPage(browser, options);
      opened.page.setDefaultTimeout(clickMsMax);
      try {
        await signIn(opened.page, url, key);
        await run(opened);
        expect(opened.complaints).toEqual([]);
      } finally {
        await opened.close();
      }
    },
  };
}
