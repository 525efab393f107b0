import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { openPage, signIn } from "../support/dashboard-page.ts";
import type { LiveStage } from "../support/live-stage.ts";

const email = "hedy@initech.example";
const main = fileURLToPath(new URL("../../../packages/cli/src/main.ts", import.meta.url));
const stillMsMax = 180_000;

/** No fetcher is there: nothing happens at all, not even a failure. */
export function testStillness(stage: LiveStage): void {
  it(
    "a sync whose fetchers are all dead tells no time left, but since when nothing has moved, and why",
    async () => {
      const { millrace, simulator, url, key } = stage.world;
      const accountId = await stage.world.connect(email, 3_000);
      const fault = await simulator.control.addFault({
        match: { email, endpoint: "messages.get" },
        effect: { kind: "latency", ms: 60 },
      });
      const syncId = await millrace.client.requestSync(accountId);
      const { page, complaints, close } = await openPage(stage.browser);
      page.setDefaultTimeout(60_000);
      await signIn(page, url, key);
      await page.goto(`${url}/syncs/${syncId}`);
      await millrace.client.waitFor(
        () => millrace.client.getSync(syncId),
        ({ progress }) => progress.settled >= 300,
      );
      await page.getByText(/· about .* left/).waitFor();
      await millrace.services.get("fetcher")?.kill();
      const line = watchInShell(url, key, syncId);
      try {
        await page.getByText(/· nothing has moved for/).waitFor();
        expect(await page.getByText(/· about .* left/).count()).toBe(0);
        await page.reload();
        await page.getByText(/· nothing has moved for/).waitFor();
        await page.getByText(": no worker takes chunks").waitFor({ timeout: stillMsMax });
        await expect.poll(() => line.text(), { timeout: stillMsMax }).toContain("No worker takes chunks");
        expect(line.text()).toMatch(/nothing has moved for .*running\n/);
        await page.goto(`${url}/syncs`);
        await page.getByText(/^still for \d+ (s|min)/).waitFor();
        const { progress } = await millrace.client.getSync(syncId);
        expect(progress).toMatchObject({ secondsLeft: null });
      } finally {
        line.stop();
        await simulator.control.clearFaults(fault);
        await millrace.start("fetcher");
      }
      await page.goto(`${url}/syncs/${syncId}`);
      await page.getByText("The ledger balances.").waitFor({ timeout: stillMsMax });
      expect(await page.getByText("nothing has moved").count()).toBe(0);
      expect(complaints).toEqual([]);
      await close();
    },
    3 * stillMsMax,
  );
}

/** What `millrace watch` writes where no terminal is. */
function watchInShell(url: string, key: string, syncId: string) {
  const child = spawn(process.execPath, [main, "watch", syncId], {
    env: { ...process.env, MILLRACE_URL: url, MILLRACE_KEY: key },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
  return { text: () => text, stop: () => child.kill() };
}
