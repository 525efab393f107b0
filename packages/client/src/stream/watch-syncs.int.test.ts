import { afterEach, expect, test } from "vitest";
import { createMillrace, type MillraceOptions } from "../create-millrace.ts";
import type { Sync } from "../resources.ts";
import {
  type Answer,
  type AnsweringServer,
  problem,
  serveAnswers,
  stream,
} from "../testing/serve-answers.ts";
import { syncWith } from "../testing/sync-with.ts";
import type { StreamState } from "./follow-events.ts";

let server: AnsweringServer | null = null;
afterEach(() => server?.stop());

async function millraceWith(answers: Answer[], options: Partial<MillraceOptions> = {}) {
  server = await serveAnswers(...answers);
  return { server, millrace: createMillrace({ baseUrl: server.url, key: "mr_x", ...options }) };
}

const event = (version: string, more: Partial<Sync> = {}): string =>
  `event: sync\nid: ${version}\ndata: ${JSON.stringify(syncWith({}, { version, ...more }))}\n\n`;
const end = "event: end\ndata: {}\n\n";

async function versionsOf(syncs: AsyncIterable<Sync>): Promise<string[]> {
  const seen: string[] = [];
  for await (const { version } of syncs) seen.push(version);
  return seen;
}

test("a stream goes on after the last id, over broken connections and a restarting API", async () => {
  const { server, millrace } = await millraceWith([
    stream(event("1-7"), "breaks"),
    (_, response) => response.destroy(),
    problem(503, "stopping"),
    (_, response) => response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad gateway</h1>"),
    stream(event("1-8") + end),
  ]);
  const states: StreamState[] = [];
  const seen = await versionsOf(millrace.watchSync("syn_1", { onState: (state) => void states.push(state) }));
  expect(seen).toEqual(["1-7", "1-8"]);
  expect(server.headers("last-event-id")).toEqual([undefined, "1-7", "1-7", "1-7", "1-7"]);
  expect(server.headers("authorization")).toEqual(Array(5).fill("Bearer mr_x"));
  expect(server.requests.map(({ url }) => url)).toEqual(Array(5).fill("/v1/syncs/syn_1/stream"));
  expect(states.map((state) => (state.kind === "open" ? "open" : state.error?.code))).toEqual([
    "open",
    "unreachable",
    "unreachable",
    "stopping",
    "unreadable",
    "open",
  ]);
});

test("nothing older is told, whatever a server that was restored says", async () => {
  const { millrace } = await millraceWith([
    stream(event("1-9") + event("1-10") + event("1-9")),
    stream(event("1-2") + event("1-10") + event("2-1") + end),
  ]);
  expect(await versionsOf(millrace.watchSync("syn_1"))).toEqual(["1-9", "1-10", "2-1"]);
});

test("of many syncs each goes on for itself", async () => {
  const { millrace } = await millraceWith([
    stream(
      event("1-5", { id: "syn_1" }) + event("1-4", { id: "syn_2" }) + event("1-3", { id: "syn_1" }) + end,
    ),
  ]);
  const seen: string[] = [];
  for await (const { id, version } of millrace.watchSyncs()) seen.push(`${id} ${version}`);
  expect(seen).toEqual(["syn_1 1-5", "syn_2 1-4"]);
});

test("who knows a version already is told what is newer", async () => {
  const { server, millrace } = await millraceWith([stream(event("1-5") + event("1-6") + end)]);
  expect(await versionsOf(millrace.watchSync("syn_1", { after: "1-5" }))).toEqual(["1-6"]);
  expect(server.headers("last-event-id")).toEqual(["1-5"]);
});

test("a connection without heartbeats is opened again", async () => {
  const { server, millrace } = await millraceWith(
    [stream(event("1-1"), "stays"), stream(event("1-2") + end)],
    {
      silenceMsMax: 100,
    },
  );
  expect(await versionsOf(millrace.watchSync("syn_1"))).toEqual(["1-1", "1-2"]);
  expect(server.requests).toHaveLength(2);
});

test("a token that has ended is renewed, once, and the stream goes on where it was", async () => {
  const ended: Answer = (request, response) =>
    request.headers.authorization === "Bearer mrb_2"
      ? stream(event("1-2") + end)(request, response)
      : problem(401, "unauthenticated")(request, response);
  let made = 0;
  const { server, millrace } = await millraceWith([stream(event("1-1")), ended], {
    key: async () => {
      made += 1;
      return `mrb_${made}`;
    },
  });
  expect(await versionsOf(millrace.watchSync("syn_1"))).toEqual(["1-1", "1-2"]);
  expect(server.headers("authorization")).toEqual(["Bearer mrb_1", "Bearer mrb_1", "Bearer mrb_2"]);
  expect(server.headers("last-event-id")).toEqual([undefined, "1-1", "1-1"]);
});

test("an app's server that gives no token now is asked again", async () => {
  let asked = 0;
  const { millrace } = await millraceWith([stream(event("1-1") + end)], {
    key: async () => {
      asked += 1;
      if (asked === 1) throw new Error("502");
      return "mrb_1";
    },
  });
  const states: StreamState[] = [];
  const watched = millrace.watchSync("syn_1", { onState: (state) => void states.push(state) });
  expect(await versionsOf(watched)).toEqual(["1-1"]);
  expect(states[0]).toMatchObject({
    kind: "interrupted",
    error: { detail: "The function `key` has failed: 502" },
  });
});

test.each([
  [404, "not_found"],
  [403, "forbidden"],
  [401, "unauthenticated"],
])("a refusal is told at once: %i", async (status, code) => {
  const { server, millrace } = await millraceWith([problem(status, code)]);
  await expect(versionsOf(millrace.watchSync("syn_1"))).rejects.toMatchObject({ status, code });
  expect(server.requests).toHaveLength(1);
});

test("too many streams are waited for as long as the server says", async () => {
  const { millrace } = await millraceWith([
    problem(429, "too_many_requests", { "retry-after": "1" }),
    stream(event("1-1") + end),
  ]);
  const began = performance.now();
  expect(await versionsOf(millrace.watchSync("syn_1"))).toEqual(["1-1"]);
  expect(performance.now() - began).toBeGreaterThanOrEqual(990);
});

test.each(["open", "waiting"])("an abort ends the watching with its reason, %s", async (when) => {
  const { server, millrace } = await millraceWith(
    when === "open" ? [stream(event("1-1"), "stays")] : [problem(503, "x", { "retry-after": "50" })],
  );
  const abort = new AbortController();
  setTimeout(() => abort.abort(new Error("enough")), 100);
  await expect(versionsOf(millrace.watchSync("syn_1", { signal: abort.signal }))).rejects.toThrow("enough");
  expect(server.requests).toHaveLength(1);
});

test("leaving the loop closes the connection", async () => {
  const gone = Promise.withResolvers<void>();
  const { millrace } = await millraceWith([
    (request, response) => {
      response.on("close", () => gone.resolve());
      stream(event("1-1"), "stays")(request, response);
    },
  ]);
  for await (const _ of millrace.watchSync("syn_1")) break;
  await gone.promise;
});
