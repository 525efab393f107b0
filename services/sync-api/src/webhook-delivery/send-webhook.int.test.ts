import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Receiver, startReceiver } from "@millrace/shared/testing/start-receiver";
import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type NameServer, startNameServer } from "../testing/start-name-server.ts";
import { isPublicAddress } from "./is-public-address.ts";
import { createResolve } from "./look-up-allowed.ts";
import { createWebhookSender } from "./send-webhook.ts";
import type { WebhookRules } from "./webhook-rules.ts";
import { newWebhookSecret } from "./webhook-secret.ts";

const secret = newWebhookSecret();
const body = JSON.stringify({
  type: "webhook.test",
  timestamp: "2026-01-01T00:00:00Z",
  version: 1,
  data: {},
});
const usual: WebhookRules = {
  allowHttp: false,
  ports: [443, 8443],
  isAllowedAddress: isPublicAddress,
  usesMachineNames: false,
};
/** Plain HTTP to any port, so that only the address can be what refuses. */
const anyPort: WebhookRules = { ...usual, allowHttp: true, ports: null };
const development: WebhookRules = { ...anyPort, isAllowedAddress: () => true, usesMachineNames: true };

let receiver: Receiver;
let names: NameServer;

beforeAll(async () => {
  names = await startNameServer();
});
afterAll(() => names?.stop());
beforeEach(async () => {
  receiver = await startReceiver("0.0.0.0");
});
afterEach(() => receiver?.stop());

function send(url: string, rules = development, { timeoutMs = 2_000, servers = [names.address] } = {}) {
  const deliver = createWebhookSender(rules, timeoutMs, createResolve(rules, servers));
  return deliver({ id: "whm_1", body, url, secrets: [secret] }, new AbortController().signal);
}
const urlAt = (host: string): string => receiver.url.replace("127.0.0.1", host);

describe("a webhook", () => {
  it("arrives as it is, with a signature that the library of the standard accepts", async () => {
    expect(await send(receiver.url)).toEqual({ kind: "taken", status: 204 });
    const [received] = receiver.received;
    expect(received).toMatchObject({ method: "POST", path: "/hook", body });
    expect(received?.headers).toMatchObject({
      "content-type": "application/json",
      "webhook-id": "whm_1",
      "user-agent": "Millrace-Webhooks/1",
    });
    expect(new Webhook(secret).verify(received?.body ?? "", received?.headers ?? {})).toEqual(
      JSON.parse(body),
    );
  });

  it.each([
    [200, "taken"],
    [410, "gone"],
    [400, "failed"],
    [404, "failed"],
    [429, "failed"],
    [500, "failed"],
    [599, "failed"],
  ])("that is answered %i is %s", async (status, kind) => {
    receiver.respond(status);
    expect(await send(receiver.url)).toMatchObject({ kind, status });
  });

  it("that is told to wait says for how long", async () => {
    receiver.respond((_, response) => void response.writeHead(429, { "retry-after": "120" }).end());
    expect(await send(receiver.url)).toMatchObject({ kind: "failed", retryAfterMs: 120_000 });
  });

  it("follows no redirect", async () => {
    const other = await startReceiver();
    for (const status of [301, 302, 303, 307, 308]) {
      receiver.respond((_, response) => void response.writeHead(status, { location: other.url }).end());
      expect(await send(receiver.url)).toMatchObject({ kind: "failed", status });
    }
    expect(other.connections()).toBe(0);
    await other.stop();
  });

  it("to somebody who never answers ends in time", async () => {
    receiver.respond(() => undefined);
    const began = performance.now();
    const answer = await send(receiver.url, development, { timeoutMs: 300 });
    expect(answer).toMatchObject({ kind: "failed", status: null, error: "no answer in time" });
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it("is taken when the status says so, however slow and long the body is, of which little is read", async () => {
    let written = 0;
    receiver.respond((_, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && written < 64 * 1024 ** 2) {
          written += 65_536;
          if (!response.write(Buffer.alloc(65_536))) return;
        }
      };
      response.on("drain", more).on("error", () => {});
      more();
      return undefined;
    });
    expect(await send(receiver.url)).toEqual({ kind: "taken", status: 200 });
    expect(written).toBeLessThan(16 * 1024 ** 2);
    receiver.respond((_, response) => {
      response.writeHead(200).write("never ends");
      return undefined;
    });
    expect(await send(receiver.url, development, { timeoutMs: 300 })).toEqual({ kind: "taken", status: 200 });
  });

  it.each([
    ["is no HTTP", "hello\r\n\r\n"],
    ["has header fields without end", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}\r\n\r\n`],
    ["changes the protocol", "HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"],
    ["is no answer at all", ""],
  ])("whose answer %s has failed", async (_, text) => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end(text));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const answer = await send(`http://127.0.0.1:${port}/`);
    expect(answer).toMatchObject({ kind: "failed", status: null });
    expect(JSON.stringify(answer)).not.toContain("127.0.0.1");
    server.close();
  });

  it("that cannot be connected has failed, and the reason names no address", async () => {
    const url = receiver.url;
    await receiver.stop();
    expect(await send(url)).toMatchObject({ kind: "failed", error: "ECONNREFUSED" });
  });
});

describe("an internal address", () => {
  it("is refused by default, without a connection", async () => {
    const { port } = new URL(receiver.url);
    for (const host of ["127.0.0.1", "127.1", "0x7f.1", "0.0.0.0", "[::ffff:127.0.0.1]", "[::1]"]) {
      expect(await send(`http://${host}:${port}/`, anyPort)).toMatchObject({ kind: "failed", status: null });
    }
    expect(receiver.connections()).toBe(0);
  });

  it("is refused when a name leads to it, also beside a public one, and however the name is written", async () => {
    for (const addresses of [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"]]) {
      names.answer(() => addresses);
      for (const host of ["inside.example", "inside.example.", "INSIDE.example"]) {
        const answer = await send(urlAt(host), anyPort);
        expect(answer).toMatchObject({ kind: "failed", error: "the URL leads to no public address" });
      }
    }
    expect(receiver.connections()).toBe(0);
  });

  it("cannot be told from a name that is not there", async () => {
    names.answer((name) => (name === "db.internal" ? ["10.0.0.5"] : []));
    const [inside, nowhere] = [
      await send("http://db.internal/", anyPort),
      await send("http://x.internal/", anyPort),
    ];
    expect(inside).toMatchObject({ kind: "failed", status: null });
    expect(nowhere).toEqual(inside);
  });

  it("is refused by the machine's own name for it", async () => {
    expect(await send(urlAt("localhost"), anyPort)).toMatchObject({ kind: "failed", status: null });
    expect(receiver.connections()).toBe(0);
  });

  it("is refused when the name was public before: what is checked is what is connected to", async () => {
    // 127.0.0.1 plays the public address here; the server listens on all of the loopback.
    const rules = { ...anyPort, isAllowedAddress: (address: string) => address === "127.0.0.1" };
    const before = names.questions.length;
    names.answer(() => ["127.0.0.1"]);
    expect(await send(urlAt("rebound.example"), rules)).toMatchObject({ kind: "taken" });
    expect(names.questions.slice(before).toSorted()).toEqual(["A rebound.example", "AAAA rebound.example"]);
    // Each question has another answer: whoever asked to check, and again to connect, would get in.
    let asked = 0;
    names.answer(() => [["127.0.0.1"], ["127.0.0.2"]][asked++ % 2] ?? []);
    expect(await send(urlAt("rebound.example"), rules)).toMatchObject({ kind: "taken" });
    expect(receiver.received).toHaveLength(2);
    expect(await send(urlAt("rebound.example"), rules)).toMatchObject({
      error: "the URL leads to no public address",
    });
    expect(receiver.connections()).toBe(2);
  });

  it("is refused although the connection before to the same name is fresh", async () => {
    const rules = { ...anyPort, isAllowedAddress: (address: string) => address === "127.0.0.1" };
    names.answer(() => ["127.0.0.1"]);
    await Promise.all([1, 2, 3].map(() => send(urlAt("kept.example"), rules)));
    names.answer(() => ["127.0.0.2"]);
    expect(await send(urlAt("kept.example"), rules)).toMatchObject({
      error: "the URL leads to no public address",
    });
  });

  it("is not asked for through a proxy of the environment", async () => {
    const proxy = await startReceiver();
    const script = `
      import { createWebhookSender } from ${JSON.stringify(fileURLToPath(new URL("./send-webhook.ts", import.meta.url)))};
      const rules = { allowHttp: true, ports: null, isAllowedAddress: () => true, usesMachineNames: true };
      const send = createWebhookSender(rules, 2_000);
      const webhook = { id: "whm_1", body: "{}", url: process.argv[1], secrets: [${JSON.stringify(secret)}] };
      console.log(JSON.stringify(await send(webhook, new AbortController().signal)));`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--input-type=module-typescript", "-e", script, receiver.url],
      {
        env: {
          PATH: process.env.PATH,
          NODE_USE_ENV_PROXY: "1",
          HTTP_PROXY: new URL(proxy.url).origin,
          HTTPS_PROXY: new URL(proxy.url).origin,
          http_proxy: new URL(proxy.url).origin,
          https_proxy: new URL(proxy.url).origin,
        },
      },
    );
    expect(JSON.parse(stdout)).toEqual({ kind: "taken", status: 204 });
    expect(proxy.connections()).toBe(0);
    await proxy.stop();
  });
});

it("a name whose server never answers ends in time, and keeps nobody else waiting", async () => {
  names.answer(() => null);
  const began = performance.now();
  const slow = Array.from({ length: 20 }, (_, i) =>
    send(`http://slow${i}.example/`, anyPort, { timeoutMs: 1_000 }),
  );
  expect(await send(receiver.url)).toMatchObject({ kind: "taken" });
  expect(performance.now() - began).toBeLessThan(900);
  for (const answer of await Promise.all(slow))
    expect(answer).toMatchObject({ kind: "failed", status: null });
});
