import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AttachmentMetadata } from "../../mail/mail-message.ts";
import { liveMemoryBytes } from "../../testing/live-memory.ts";
import type { ProviderResult, ProviderSession } from "../mail-provider.ts";
import { ProviderFaultError } from "../provider-fault-error.ts";
import { memoryTokenVault } from "../testing/memory-token-vault.ts";
import { createGmailProvider } from "./create-gmail-provider.ts";

const email = "ann@example.com";
const refreshToken = `sim-refresh-${email}`;
const content = randomBytes(300_000);
const note = "Grüße, als Anhang\r\n";

const mail = [
  "From: bob@example.com",
  "Subject: two attachments",
  'Content-Type: multipart/mixed; boundary="b"',
  "",
  "--b",
  "Content-Type: text/plain",
  "",
  "see below",
  "--b",
  'Content-Type: application/octet-stream; name="data.bin"',
  "Content-Disposition: attachment",
  "Content-Transfer-Encoding: base64",
  "",
  content.toString("base64").replace(/.{76}/g, "$&\r\n"),
  "--b",
  'Content-Type: text/plain; charset=utf-8; name="note.txt"',
  "Content-Disposition: attachment",
  "Content-Transfer-Encoding: 8bit",
  "",
  note,
  "--b--",
  "",
].join("\r\n");

let simulator: GmailSimulator;
let provider: ReturnType<typeof createGmailProvider>;
let session: ProviderSession;
let id: string;
let attachments: readonly AttachmentMetadata[];

const openProvider = (rootUrl: string, tokenUrl: string) =>
  createGmailProvider({
    vault: memoryTokenVault(),
    rootUrl,
    tokenUrl,
    clientId: "client",
    clientSecret: "secret",
    requestTimeoutMs: 5_000,
  });
const account = { tenantId: "t", accountId: "a", email, refreshToken };

beforeAll(async () => {
  simulator = await startGmailSimulator({ mailboxes: [{ email, generate: 0 }], quotas: "off" });
  [id = ""] = await simulator.control.addMessages(email, [{ raw: mail, labelIds: ["INBOX"] }]);
});
afterAll(() => simulator?.close());
beforeEach(async () => {
  provider = openProvider(simulator.rootUrl, simulator.tokenUrl);
  session = provider.connect(account);
  for await (const { result } of session.fetchMessages([id], "full"))
    attachments = result.ok ? result.value.attachments : [];
  await simulator.control.resetCalls();
});
afterEach(async () => {
  provider.close();
  await simulator.control.clearFaults();
});

async function read(result: ProviderResult<AsyncIterable<Uint8Array>>): Promise<Buffer> {
  if (!result.ok) throw new ProviderFaultError(result.fault);
  const pieces: Uint8Array[] = [];
  for await (const piece of result.value) pieces.push(piece);
  return Buffer.concat(pieces);
}
const callsOf = async (name: string) =>
  (await simulator.control.calls()).calls
    .filter(({ endpoint }) => endpoint === name)
    .reduce((n, c) => n + c.count, 0);

describe("an attachment", () => {
  it("comes as it was sent, for one call each", async () => {
    expect(attachments.map(({ filename }) => filename)).toEqual(["data.bin", "note.txt"]);
    const [data, text] = attachments as [AttachmentMetadata, AttachmentMetadata];
    expect((await read(await session.fetchAttachment(id, data))).equals(content)).toBe(true);
    expect((await read(await session.fetchAttachment(id, text))).toString()).toBe(note);
    expect((await simulator.control.calls()).total).toBe(2);
  });

  it.each([
    ["refused", "ANGjdJ_of_another_answer"],
    ["absent", null],
  ])("whose id is %s is looked up again by its part", async (_what, providerAttachmentId) => {
    const [{ partId }] = attachments as [AttachmentMetadata];
    const result = await session.fetchAttachment(id, { partId, providerAttachmentId });
    expect((await read(result)).equals(content)).toBe(true);
  });

  it("that is not there any more is gone, as is one of a message that is gone", async () => {
    const absent = { partId: "7", providerAttachmentId: "ANGjdJ_none" };
    expect(await session.fetchAttachment(id, absent)).toMatchObject({
      ok: false,
      fault: { category: "gone" },
    });
    const [data] = attachments as [AttachmentMetadata];
    const result = await session.fetchAttachment("00000000deadbeef", data);
    expect(result).toMatchObject({ ok: false, fault: { category: "gone" } });
  });

  it.each([
    [{ kind: "status", status: 503 }, "transient"],
    [{ kind: "status", status: 429 }, "rate_limited"],
  ] as const)("that meets %o is not looked up again", async (effect, category) => {
    await simulator.control.addFault({ match: { endpoint: "attachments.get" }, effect });
    const [data] = attachments as [AttachmentMetadata];
    expect(await session.fetchAttachment(id, data)).toMatchObject({ ok: false, fault: { category } });
    expect(await callsOf("messages.get")).toBe(0);
  });

  it("whose answer is cut short is no content, however politely it ends", async () => {
    for (const endsCleanly of [true, false]) {
      await simulator.control.clearFaults();
      await simulator.control.addFault({
        match: { endpoint: "attachments.get" },
        effect: { kind: "truncate", endsCleanly },
      });
      const [data] = attachments as [AttachmentMetadata];
      const cut = await session.fetchAttachment(id, data);
      await expect(read(cut)).rejects.toMatchObject({ fault: { category: "transient" } });
    }
  });
});

describe("an attachment of 50 MB", { timeout: 120_000 }, () => {
  const size = 50 * 1024 ** 2;
  const piece = randomBytes(3 * 64 * 1024); // a multiple of three, so that its base64 has no padding
  const encoded = Buffer.from(piece.toString("base64url"));
  const count = Math.ceil(size / piece.length);
  let server: Server;
  let sent = 0;
  let cutOff = false;

  /** Gmail, as far as one attachment needs it. */
  async function serve(path: string, reply: ServerResponse): Promise<void> {
    reply.setHeader("content-type", "application/json");
    if (path.startsWith("/token")) reply.end('{"access_token":"t","expires_in":3600,"token_type":"Bearer"}');
    else if (path.includes("/profile")) reply.end(JSON.stringify({ emailAddress: email, historyId: "1" }));
    else {
      reply.on("close", () => {
        cutOff = !reply.writableFinished;
      });
      function* answer() {
        yield `{"size": ${count * piece.length}, "data": "`;
        for (; sent < count; sent++) yield encoded;
        yield '"}';
      }
      sent = 0;
      await pipeline(Readable.from(answer(), { objectMode: false }), reply).catch(() => {});
    }
  }

  beforeAll(async () => {
    server = createServer((request, reply) => void serve(request.url ?? "", reply));
    await once(server.listen(0, "127.0.0.1"), "listening");
  });
  afterAll(() => server.close());
  const open = () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    return openProvider(url, `${url}token`);
  };

  it("is decoded as it arrives: memory stays what it was", async () => {
    const gmail = open();
    const result = await gmail
      .connect(account)
      .fetchAttachment("m", { partId: "1", providerAttachmentId: "x" });
    if (!result.ok) throw new ProviderFaultError(result.fault);
    const before = liveMemoryBytes();
    const [hash, expected] = [createHash("sha256"), createHash("sha256")];
    let [bytes, peak, pieces] = [0, 0, 0];
    for await (const part of result.value) {
      hash.update(part);
      bytes += part.length;
      if (++pieces % 40 === 0) peak = Math.max(peak, liveMemoryBytes() - before);
    }
    for (let i = 0; i < count; i++) expected.update(piece);
    expect(bytes).toBeGreaterThanOrEqual(size);
    expect(hash.digest("hex")).toBe(expected.digest("hex"));
    expect(pieces).toBeGreaterThan(100);
    expect(peak).toBeLessThan(8 * 1024 ** 2);
    gmail.close();
  });

  it("is fetched no further when nobody wants it any more", async () => {
    const gmail = open();
    const stop = new AbortController();
    const result = await gmail
      .connect(account)
      .fetchAttachment("m", { partId: "1", providerAttachmentId: "x" }, stop.signal);
    if (!result.ok) throw new ProviderFaultError(result.fault);
    const reading = (async () => {
      let pieces = 0;
      for await (const _ of result.value) if (++pieces === 5) stop.abort(new Error("the client left"));
    })();
    await expect(reading).rejects.toThrow("the client left");
    await expect.poll(() => cutOff).toBe(true);
    expect(sent).toBeLessThan(count / 2);
    gmail.close();
  });
});
