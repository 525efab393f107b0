import { afterEach, expect, test } from "vitest";
import { createMillrace } from "../create-millrace.ts";
import { type Answer, type AnsweringServer, json, serveAnswers, stream } from "../testing/serve-answers.ts";

let server: AnsweringServer | null = null;
afterEach(() => server?.stop());

async function millraceWith(...answers: Answer[]) {
  server = await serveAnswers(...answers);
  return { server, millrace: createMillrace({ baseUrl: server.url, key: "mr_x" }) };
}

const event = (name: string, id: string, data: object): string =>
  `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
const end = "event: end\ndata: {}\n\n";
const fact = (version: string): string => event("fact", version, { version });

async function take<T>(count: number, from: AsyncIterable<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const one of from) if (taken.push(one) === count) break;
  return taken;
}

test("chunks are all of them first, then those that change, and none goes back", async () => {
  const { server, millrace } = await millraceWith(
    stream(event("chunks", "1-5", { version: "1-5", from: 0, states: "ool" })),
    stream(
      event("chunks", "1-4", { version: "1-4", from: 0, states: "lll" }) +
        event("chunks", "1-6", { version: "1-6", changed: [[0, "s"]] }) +
        event("chunks", "1-6", { version: "1-6", changed: [[2, "o"]] }) +
        end,
    ),
  );
  expect(await take(9, millrace.watchChunks("syn_1"))).toEqual([
    { version: "1-5", from: 0, states: "ool" },
    { version: "1-6", changed: [[0, "s"]] },
    { version: "1-6", changed: [[2, "o"]] },
  ]);
  expect(server.headers("last-event-id")).toEqual([undefined, "1-5"]);
  expect(server.requests[0]?.url).toBe("/v1/syncs/syn_1/chunks/stream");
});

test("facts begin now, and what happens while a stream that had told nothing is away is not missed", async () => {
  const { server, millrace } = await millraceWith(
    json(200, { items: [{ version: "1-7" }], nextCursor: null }),
    stream(""),
    stream(fact("1-8") + fact("1-9")),
    stream(fact("1-9") + fact("1-10")),
  );
  const facts = await take(3, millrace.watchEvents({ syncId: "syn_1", type: "chunk.fetched" }));
  expect(facts.map(({ version }) => version)).toEqual(["1-8", "1-9", "1-10"]);
  expect(server.headers("last-event-id")).toEqual([undefined, "1-7", "1-7", "1-9"]);
  expect(server.requests[1]?.url).toBe("/v1/events/stream?syncId=syn_1&type=chunk.fetched");
});

test("an overview comes whenever there is one, over interruptions", async () => {
  const { millrace } = await millraceWith(
    stream('event: overview\ndata: {"at":"a"}\n\n', "breaks"),
    stream('event: overview\ndata: {"at":"b"}\n\n'),
  );
  expect(await take(2, millrace.watchOverview())).toEqual([{ at: "a" }, { at: "b" }]);
});
