import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePort } from "../process/free-port.ts";
import { createAnnouncer } from "./announce.ts";
import { givenNats, givenPostgres, waitForGiven } from "./wait-for-given.ts";

const quick = { connectMs: 200, retryMs: 20, sayEveryMs: 100, maxMs: 20_000 };

function listening(signal = new AbortController().signal) {
  const lines: string[] = [];
  const announcer = createAnnouncer({ write: (text: string) => lines.push(text.trim()) });
  return { context: { announcer, signal }, lines };
}

test("what does not answer is named at once and again, with its place and its variable, until it answers", async () => {
  const port = await freePort();
  const { context, lines } = listening();
  const waiting = waitForGiven(context, givenNats(`nats://user:secret@127.0.0.1:${port}`), quick);
  await expect.poll(() => lines.length).toBeGreaterThan(0);
  expect(lines[0]).toBe(
    `Waiting for NATS at 127.0.0.1:${port}, which does not answer (ECONNREFUSED); NATS_URL says where it is.`,
  );
  await expect.poll(() => lines.length).toBeGreaterThan(2);
  const server = createServer().listen(port, "127.0.0.1");
  await waiting;
  server.close();
  expect(lines.join("\n")).not.toContain("secret");
});

test("it is waited for as long as is said, and not when everything stops", async () => {
  const { context } = listening();
  const dead = givenPostgres(`postgres://user:secret@127.0.0.1:${await freePort()}/mail`);
  await expect(waitForGiven(context, dead, { ...quick, maxMs: 100 })).rejects.toThrow(
    /^Postgres at 127\.0\.0\.1:\d+ has not answered for 0 s \(ECONNREFUSED\)\. Start it, or set DATABASE_URL/,
  );
  const stop = new AbortController();
  const waiting = waitForGiven(listening(stop.signal).context, dead, quick);
  stop.abort(new Error("stopped"));
  await expect(waiting).rejects.toThrow();
});

test("of several addresses one that answers is enough", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const { context, lines } = listening();
  await waitForGiven(context, givenNats(`127.0.0.1:${await freePort()}, tls://127.0.0.1:${port}`), quick);
  server.close();
  expect(lines).toEqual([]);
});

test.each([
  ["nats://nats.example.com", [{ host: "nats.example.com", port: 4222 }]],
  [
    "tls://[::1]:5222,b:1",
    [
      { host: "::1", port: 5222 },
      { host: "b", port: 1 },
    ],
  ],
])("%s is looked for where it is", (url, places) => {
  expect(givenNats(url).places).toEqual(places);
});

test("Postgres is looked for at a socket as well", () => {
  expect(givenPostgres("postgres://u@db.example.com/x").places).toEqual([
    { host: "db.example.com", port: 5432 },
  ]);
  expect(givenPostgres("postgres:///x?host=/run/postgresql").places).toEqual([
    { path: "/run/postgresql/.s.PGSQL.5432" },
  ]);
});
