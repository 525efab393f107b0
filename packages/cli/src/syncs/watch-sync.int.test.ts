import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createMillrace, type Sync } from "@millrace/client";
import { afterEach, expect, test } from "vitest";
import { syncWith } from "../testing/sync-with.ts";
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

const events = (...messages: [string, Sync][]) =>
  messages.map(([id, sync]) => `event: sync\nid: ${id}\ndata: ${JSON.stringify(sync)}\n\n`).join("");

const stream =
  (text: string, end: "ends" | "resets" = "ends"): Answer =>
  (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`: heartbeat\n\n${text}`);
    if (end === "ends") response.end();
    else setTimeout(() => response.destroy(), 20);
  };

const running = syncWith({ settled: 3, listed: 10, listingComplete: true }, { version: "1-7" });
const completed = syncWith(
  { settled: 10, listed: 10, listingComplete: true },
  { status: "completed", version: "1-8" },
);
const open = (url: string) => createMillrace({ baseUrl: url, key: "mr_x", retries: 0 });

function listening() {
  const told = { text: "" };
  const write = (part: string | Uint8Array) => {
    told.text += part;
  };
  return { told, output: { write } };
}

test("a stream that breaks off is opened again where it ended, and that is said once", async () => {
  const { url, requests } = await serve(
    stream(`retry: 20\n\n${events(["1-7", running])}`, "resets"),
    (_request, response) => response.writeHead(503).end(),
    stream(events(["1-8", completed])),
  );
  const { told, output } = listening();
  expect((await watchSync(open(url), "sync-1", { output })).status).toBe("completed");
  expect(told.text.match(/The stream broke off \(.*\); opening it again\./g)).toHaveLength(1);
  expect(requests.map((request) => request.headers["last-event-id"])).toEqual([undefined, "1-7", "1-7"]);
  expect(requests[0]?.headers.authorization).toBe("Bearer mr_x");
});

test("a sync that waits says for which one, and what that one meets", async () => {
  const queued = syncWith({}, { status: "queued", version: "1-6" });
  const trouble = {
    category: "transient",
    message: "no JSON",
    at: "",
    nextAt: null,
    since: "",
    attempt: 3,
    setAsideAt: 38,
  };
  const before = syncWith({}, { id: "syn_before", trouble: trouble as Sync["trouble"] });
  const json = (response: ServerResponse, value: object) =>
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
  const { url } = await serve(({ url: path = "" }, response) => {
    if (path === "/v1/accounts/account-1") return void json(response, { activeSyncId: "syn_before" });
    if (path === "/v1/syncs/syn_before") return void json(response, before);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(events(["1-6", queued]));
    setTimeout(() => response.end(events(["1-8", completed])), 200);
  });
  const { told, output } = listening();
  expect((await watchSync(open(url), "sync-1", { output })).status).toBe("completed");
  expect(told.text).toContain(
    "Waits for syn_before, which meets transient: no JSON; `millrace status syn_before` says more\n",
  );
});

test("a refused request is an error at once, in the problem document's words", async () => {
  const { url, requests } = await serve((_request, response) =>
    response
      .writeHead(404, { "content-type": "application/problem+json" })
      .end(JSON.stringify({ code: "not_found", title: "Not found", detail: "There is no such sync." })),
  );
  await expect(watchSync(open(url), "nope", listening())).rejects.toThrow("There is no such sync.");
  expect(requests).toHaveLength(1);
});

test("an API that is gone for good is given up on", async () => {
  const { url } = await serve((_request, response) => response.destroy());
  const watched = watchSync(open(url), "sync-1", { ...listening(), silenceMsMax: 300 });
  await expect(watched).rejects.toMatchObject({ code: "unreachable" });
});

test("an abort ends the watching with its reason", async () => {
  const { url } = await serve((_request, response) => response.writeHead(200).flushHeaders());
  const abort = new AbortController();
  const watched = watchSync(open(url), "sync-1", { ...listening(), signal: abort.signal });
  setTimeout(() => abort.abort(new Error("enough")), 50);
  await expect(watched).rejects.toThrow("enough");
});

test("a coalesced sync is followed to the one that does the work, and its end is the result", async () => {
  const { url, requests } = await serve(
    stream(events(["1-1", syncWith({}, { status: "coalesced", coalescedInto: "sync-2" })])),
    stream(events(["1-7", { ...running, id: "sync-2" }], ["1-8", { ...completed, id: "sync-2" }])),
  );
  const { told, output } = listening();
  expect((await watchSync(open(url), "sync-1", { output })).id).toBe("sync-2");
  expect(requests.at(-1)?.url).toBe("/v1/syncs/sync-2/stream");
  expect(told.text).toContain("10 of 10 (100 %), completed\n");
});

test("a terminal keeps the last state visible on a line of its own", async () => {
  const { url } = await serve(stream(events(["1-7", running], ["1-8", completed])));
  const { told, output } = listening();
  await watchSync(open(url), "sync-1", { output: { isTTY: true, columns: 60, ...output } });
  expect(told.text.split("\r\u001b[2K").at(-1)).toMatch(/10 of 10 \(100 %\) · completed\n$/);
});

test("a narrow terminal keeps bar and counts while attempts fail, and says why above them once", async () => {
  const failing = (attempt: number, message = "The service is currently unavailable."): [string, Sync] => {
    const trouble = {
      category: "transient",
      message,
      at: "",
      nextAt: null,
      since: "",
      attempt,
      setAsideAt: 38,
    };
    const progress = { listed: 430, estimatedTotal: 430, handled: 393 };
    const fields = {
      trouble: { ...trouble, open: 12 - attempt } as Sync["trouble"],
      version: `1-${attempt}`,
    };
    return [`1-${attempt}`, syncWith(progress, fields)];
  };
  const states = [failing(1), failing(2), failing(3, "no JSON"), failing(4), failing(5, "no JSON")];
  const { url } = await serve((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    states.forEach((state, index) => void setTimeout(() => response.write(events(state)), 250 * index));
    setTimeout(() => response.end(events(["1-8", completed])), 250 * states.length);
  });
  const { told, output } = listening();
  await watchSync(open(url), "sync-1", { output: { isTTY: true, columns: 80, ...output } });
  const above = told.text.split("\n").map((text) => text.split("\r\u001b[2K").at(-1));
  expect(above).toEqual([
    "transient: The service is currently unavailable. (attempt 1, set aside after attempt 38); 11 of the messages at hand are still missing",
    "transient: no JSON (attempt 3, set aside after attempt 38); 9 of the messages at hand are still missing",
    expect.stringContaining("completed"),
    "",
  ]);
  const lines = told.text
    .split("\r\u001b[2K")
    .flatMap((text) => text.split("\n"))
    .filter((line) => line.endsWith(" · running"));
  expect(lines.length).toBeGreaterThan(8);
  for (const line of lines) expect(line).toMatch(/^\[█+░+\] 393 of about 430 \(91 %\) · transient: /);
});

test("who watches after a retry sees how it stands before the first change comes", async () => {
  const partial = { settled: 10, listed: 10, listingComplete: true, deadLettered: 4, redriving: 4 };
  const { url } = await serve(
    (_request, response) =>
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify(syncWith(partial, { status: "partial", lane: null, version: "1-7" }))),
    (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
      setTimeout(() => response.end(events(["1-8", completed])), 300);
    },
  );
  const { told, output } = listening();
  const watched = watchSync(open(url), "sync-1", {
    output: { isTTY: true, columns: 100, ...output },
    after: "1-7",
  });
  expect((await watched).status).toBe("completed");
  expect(told.text).toContain("4 set aside · 4 being tried again · partial");
  expect(told.text).not.toContain("connecting");
});
