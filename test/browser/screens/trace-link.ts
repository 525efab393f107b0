import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import type { Stage } from "../support/stage.ts";

/** From a sync to its trace. */
export function testTraceLink(stage: Stage): void {
  it("without an address for traces a sync’s trace has an id to copy, and no link", async () => {
    const { world, history } = stage;
    await stage.inside({}, async ({ page }) => {
      await page.goto(`${world.url}/syncs/${history.partialSync}`);
      await page.getByRole("button", { name: "Copy Trace id" }).waitFor();
      expect(await page.getByRole("link", { name: "the trace" }).count()).toBe(0);
    });
  });

  it("with one the link opens that trace in another tab, which is not told where it comes from", async () => {
    const { world, history } = stage;
    const { traceId } = await world.millrace.client.json<{ traceId: string }>(
      "GET",
      `/v1/syncs/${history.partialSync}`,
    );
    const asked: IncomingMessage[] = [];
    const traces = createServer((request, response) => {
      asked.push(request);
      response.setHeader("content-type", "text/html").end("<title>A trace</title>");
    }).listen(0, "127.0.0.1");
    await once(traces, "listening");
    const tracesUrl = `http://127.0.0.1:${(traces.address() as AddressInfo).port}`;
    const copy = await world.millrace.start("sync-api", {
      at: "any",
      env: { DASHBOARD_TRACE_URL: `${tracesUrl}/trace/{traceId}` },
    });
    try {
      await stage.inside({ url: copy.url ?? "" }, async ({ page, context }) => {
        await page.goto(`${copy.url}/syncs/${history.partialSync}`);
        const [opened] = await Promise.all([
          context.waitForEvent("page"),
          page.getByRole("link", { name: "the trace in another tab" }).click(),
        ]);
        await opened.waitForLoadState();
        expect(opened.url()).toBe(`${tracesUrl}/trace/${traceId}`);
        expect(await opened.title()).toBe("A trace");
        expect(await opened.evaluate("opener")).toBe(null);
      });
      expect(asked.find(({ url }) => url?.startsWith("/trace/"))?.headers.referer).toBeUndefined();
    } finally {
      traces.close();
      await copy.stop();
    }
  });
}
