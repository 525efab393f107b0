import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { streamSync } from "./stream-sync.ts";
import type { SyncResource } from "./sync-resource.ts";
import { syncWith } from "./testing/sync-with.ts";
import { watchSync } from "./watch-sync.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let close: () => void = () => undefined;
afterEach(() => close());

/** A server whose n-th request gets the n-th answer; the last one repeats. */
async function serve(...answers: Answer[]): Promise<{ url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answers[Math.min(requests.length, answers.length) - 1]?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

const events = (...messages: [number, SyncResource][]) =>
  messages.map(([id, sync]) => `event: sync\nid: ${id}\ndata: ${JSON.stringify(sync)}\n\n`).join("");

const stream =
  (text: string, end: "ends" | "resets" = "ends"): Answer =>
  (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`: heartbeat\n\n${text}`);
    if (end === "ends") response.end();
    else setTimeout(() => response.destroy(), 20);
  };

const running = syncWith({ settled: 3, listed: 10, listingComplete: true });
const completed = syncWith({ settled: 10, listed: 10, listingComplete: true }, { status: "completed" });

test("a stream that breaks off is opened again where it ended, over resets and a restarting API", async () => {
  const { url, requests } = await serve(
    stream(events([7, running]), "resets"),
    (_request, response) => response.writeHead(503).end(),
    stream(events([8, completed])),
  );
  const seen: string[] = [];
  const interruptions: string[] = [];
  const onInterruption = (reason: string) => interruptions.push(reason);
  for await (const sync of streamSync({ url, key: "mr_x" }, "sync-1", { onInterruption }))
    seen.push(sync.status);
  expect(seen).toEqual(["running", "completed"]);
  expect(interruptions).toHaveLength(1);
  expect(requests.map((request) => request.headers["last-event-id"])).toEqual([undefined, "7", "7"]);
  expect(requests[0]?.headers.authorization).toBe("Bearer mr_x");
});

test("a refused request is an error at once, in the problem document's words", async () => {
  const { url, requests } = await serve((_request, response) =>
    response
      .writeHead(404, { "content-type": "application/problem+json" })
      .end(JSON.stringify({ title: "Not found", detail: "There is no such sync." })),
  );
  const first = streamSync({ url, key: "mr_x" }, "nope").next();
  await expect(first).rejects.toThrow("404 Not found: There is no such sync.");
  expect(requests).toHaveLength(1);
});

test("an API that is gone for good is given up on", async () => {
  const { url } = await serve((_request, response) => response.destroy());
  const first = streamSync({ url, key: "mr_x" }, "sync-1", { silenceMsMax: 300 }).next();
  await expect(first).rejects.toThrow("has not been heard for too long");
});

test("an abort ends the watching with its reason", async () => {
  const { url } = await serve((_request, response) => response.writeHead(200).flushHeaders());
  const abort = new AbortController();
  const first = streamSync({ url, key: "mr_x" }, "sync-1", { signal: abort.signal }).next();
  setTimeout(() => abort.abort(new Error("enough")), 50);
  await expect(first).rejects.toThrow("enough");
});

test("a coalesced sync is followed to the one that does the work, and its end is the result", async () => {
  const { url, requests } = await serve(
    stream(events([1, syncWith({}, { status: "coalesced", coalescedInto: "sync-2" })])),
    stream(events([2, running], [3, { ...completed, id: "sync-2" }])),
  );
  let text = "";
  const sync = await watchSync(url, "mr_x", "sync-1", { output: { write: (part) => (text += part) } });
  expect(sync.id).toBe("sync-2");
  expect(requests.at(-1)?.url).toBe("/v1/syncs/sync-2/stream");
  expect(text).toContain("10 of 10 (100 %), completed\n");
});

test("a terminal keeps the last state visible on a line of its own", async () => {
  const { url } = await serve(stream(events([1, running], [2, completed])));
  let text = "";
  await watchSync(url, "mr_x", "sync-1", {
    output: { isTTY: true, columns: 60, write: (part) => (text += part) },
  });
  expect(text.split("\r\u001b[2K").at(-1)).toMatch(/10 of 10 \(100 %\) · completed\n$/);
});
