import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BrokerRefusesError } from "../nats/ping-broker.ts";
import { silentLogger } from "../testing/silent-logger.ts";
import { OpsAddressError, type OpsServer, startOpsServer } from "./ops-server.ts";
import { Readiness } from "./readiness.ts";

let stopping: AbortController;
let readiness: Readiness;
let server: OpsServer;

beforeEach(async () => {
  stopping = new AbortController();
  readiness = new Readiness(silentLogger, stopping.signal);
  readiness.expect("nats", "postgres");
  server = await startOpsServer({
    host: "127.0.0.1",
    port: 0,
    log: silentLogger,
    readiness,
    scrape: async () => "up 1\n",
  });
});
afterEach(() => server.close());

async function ask(path: string, init?: RequestInit) {
  const answer = await fetch(`${server.url}${path}`, init);
  const text = await answer.text();
  const isJson = answer.headers.get("content-type") === "application/json" && text !== "";
  return { status: answer.status, body: isJson ? JSON.parse(text) : text };
}

function start(): void {
  readiness.addPart("nats", async () => {});
  readiness.addPart("postgres", async () => {});
  readiness.started();
}

describe("the ops server", () => {
  it("says while a service starts that it lives, is not ready, and what it waits for", async () => {
    readiness.addPart("nats", async () => {});
    expect((await ask("/live")).status).toBe(200);
    expect(await ask("/ready")).toEqual({
      status: 503,
      body: {
        status: "not ready",
        reasons: ["the service is starting", "postgres: starting"],
        parts: { nats: "ok", postgres: "starting" },
      },
    });
  });

  it("says that a service is ready once it has started and each part answers", async () => {
    start();
    expect(await ask("/ready")).toEqual({
      status: 200,
      body: { status: "ready", parts: { nats: "ok", postgres: "ok" } },
    });
    expect((await ask("/ready", { method: "HEAD" })).status).toBe(200);
  });

  it("names the part that is away, and the one that refuses", async () => {
    start();
    readiness.addPart("postgres", () => Promise.reject(new Error("ECONNREFUSED")));
    readiness.addPart("nats", () => Promise.reject(new BrokerRefusesError("publish to evt.x")));
    readiness.addOwnPart("projector", () => false);
    const { status, body } = await ask("/ready");
    expect(status).toBe(503);
    expect(body.parts).toEqual({ nats: "refusing", postgres: "away", projector: "failing" });
    expect((await ask("/live")).status).toBe(200);
  });

  it("does not wait for a part that never answers", async () => {
    start();
    readiness.addPart("postgres", () => new Promise(() => {}));
    const { status, body } = await ask("/ready");
    expect([status, body.reasons]).toEqual([503, ["postgres: away"]]);
  });

  it("asks a part once a second, however many probes come", async () => {
    start();
    let asked = 0;
    readiness.addPart("postgres", async () => void asked++);
    await Promise.all(Array.from({ length: 20 }, () => ask("/ready")));
    expect(asked).toBe(1);
  });

  it("says from the moment a service stops that it is not ready, and not live", async () => {
    start();
    await ask("/ready");
    stopping.abort();
    const { status, body } = await ask("/ready");
    expect([status, body.reasons]).toEqual([503, ["the service is stopping"]]);
    expect((await ask("/live")).status).toBe(503);
  });

  it("serves metrics, and nothing else", async () => {
    expect(await ask("/metrics")).toEqual({ status: 200, body: "up 1\n" });
    expect((await ask("/")).status).toBe(404);
    expect((await ask("/metrics", { method: "POST" })).status).toBe(405);
  });

  it("says what to set when its port is taken", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    const options = { host: "127.0.0.1", port, log: silentLogger, readiness, scrape: async () => "" };
    await expect(startOpsServer(options)).rejects.toThrow(OpsAddressError);
    await expect(startOpsServer(options)).rejects.toThrow(/EADDRINUSE.*OPS_PORT/);
    taken.close();
  });
});
