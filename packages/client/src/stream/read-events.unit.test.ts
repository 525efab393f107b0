import fc from "fast-check";
import { expect, test } from "vitest";
import { readEvents } from "./read-events.ts";

const encoder = new TextEncoder();

/** A body whose chunks are cut at these bytes. */
function bodyOf(bytes: Uint8Array<ArrayBuffer>, cuts: readonly number[] = []): ReadableStream<Uint8Array> {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return new ReadableStream({
    start(controller) {
      for (const [i, place] of places.entries())
        if (i > 0) controller.enqueue(bytes.slice(places[i - 1], place));
      controller.close();
    },
  });
}

async function read(text: string, cuts: readonly number[] = []) {
  const ids: string[] = [];
  const retries: number[] = [];
  const events: unknown[] = [];
  const body = bodyOf(encoder.encode(text), cuts);
  const reading = readEvents(body, {
    silenceMsMax: 1_000,
    onId: (id) => void ids.push(id),
    onRetry: (ms) => void retries.push(ms),
  });
  for await (const { event, data, id } of reading)
    events.push({ event: event ?? "message", data, id: id ?? null });
  return { events, ids, retries };
}

const message = (data: string, id: string | null = null, event = "message") => ({ event, data, id });

test.each([
  // The examples of the standard, section 9.2.6.
  ["lines of data are one event", "data: YHOO\ndata: +2\ndata: 10\n\n", [message("YHOO\n+2\n10")]],
  [
    "comments are none, an id without a value is empty, one space is taken away",
    ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
    [message("first event", "1"), message("second event", ""), message(" third event")],
  ],
  ["an event that is not ended is none", "data\n\ndata\ndata\n\ndata:", [message(""), message("\n")]],
  [
    "a space after the colon makes no difference",
    "data:test\n\ndata: test\n\n",
    [message("test"), message("test")],
  ],
  ["a byte order mark is passed over", "\ufeffdata: x\n\n", [message("x")]],
  ["CR and CRLF end lines", "data: a\r\rdata: b\r\n\r\n", [message("a"), message("b")]],
  ["fields that nobody knows are passed over", "colour: red\ndata: a\n\n", [message("a")]],
  ["an event without data is none", "event: sync\n\ndata: a\n\n", [message("a")]],
  [
    "an event has its type",
    "event: sync\ndata: a\n\ndata: b\n\n",
    [message("a", null, "sync"), message("b")],
  ],
  ["an id with a NUL is none", "id: 1\u00002\ndata: a\n\n", [message("a")]],
])("%s", async (_, text, events) => expect((await read(text)).events).toEqual(events));

test("an id without data is told all the same, and a time to wait is if it is a number", async () => {
  expect(await read("id: 1-7\n\nretry: 250\n\nretry: soon\n\n")).toEqual({
    events: [],
    ids: ["1-7"],
    retries: [250],
  });
});

const line = fc
  .string({ unit: "grapheme", maxLength: 8 })
  .map((text) => text.replaceAll(/[\r\n]/g, "é🦊").replaceAll("\0", "é🦊"));
const eol = fc.constantFrom("\n", "\r\n", "\r");

test("wherever the bytes are cut, within a character or a line's end, the events are the same", async () => {
  const written = fc.array(
    fc.record({ data: fc.array(line, { minLength: 1, maxLength: 3 }), id: line, eol }),
    {
      minLength: 1,
      maxLength: 5,
    },
  );
  await fc.assert(
    fc.asyncProperty(written, fc.array(fc.nat(400), { maxLength: 20 }), async (events, cuts) => {
      const text = events
        .map(({ data, id, eol }) =>
          [...data.map((text) => `data: ${text}`), `id: ${id}`, "", ""].join(eol).slice(0),
        )
        .join("");
      const ended = text.endsWith("\r") ? `${text}\n` : text; // a CR at the very end may be half of a CRLF
      const expected = events.map(({ data, id }) => message(data.join("\n"), id));
      expect((await read(ended, cuts)).events).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

test("cut after each byte as well", async () => {
  const text = 'retry: 5\r\n\r\nevent: sync\r\nid: 1-1\r\ndata: {"a":"grüße 🦊"}\r\n\r\n: beat\r\n\r\n';
  const cuts = Array.from({ length: encoder.encode(text).length }, (_, i) => i);
  expect(await read(text, cuts)).toEqual({
    events: [message('{"a":"grüße 🦊"}', "1-1", "sync")],
    ids: ["1-1"],
    retries: [5],
  });
});

test("a stream that has gone silent is given up, and its connection closed", async () => {
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode("data: a\n\n: beat\n\n")),
    cancel: () => {
      isCancelled = true;
    },
  });
  const reading = readEvents(body, { silenceMsMax: 30 });
  expect((await reading.next()).value).toMatchObject({ data: "a" });
  await expect(reading.next()).rejects.toMatchObject({ name: "MillraceError", code: "timeout" });
  expect(isCancelled).toBe(true);
});

test("whoever is slow to take events is not taken for a dead connection", async () => {
  const body = bodyOf(encoder.encode("data: a\n\ndata: b\n\n"), [9]);
  const reading = readEvents(body, { silenceMsMax: 20 });
  await reading.next();
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect((await reading.next()).value).toMatchObject({ data: "b" });
});

test("leaving closes the connection", async () => {
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode("data: a\n\n")),
    cancel: () => {
      isCancelled = true;
    },
  });
  for await (const _ of readEvents(body, { silenceMsMax: 1_000 })) break;
  expect(isCancelled).toBe(true);
});
