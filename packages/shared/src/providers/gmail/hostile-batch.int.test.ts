import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { ContentMode } from "../../mail/mail-message.ts";
import type { FetchedMessage } from "../mail-provider.ts";
import { memoryTokenVault } from "../testing/memory-token-vault.ts";
import { createGmailProvider } from "./create-gmail-provider.ts";

type Handle = (
  request: IncomingMessage,
  response: ServerResponse,
  ids: readonly string[],
) => void | Promise<void>;

const running: { close(): void }[] = [];
afterEach(() => {
  for (const one of running.splice(0)) one.close();
});

const giveToken = (response: ServerResponse): void => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ access_token: "access", expires_in: 3600 }));
};

const giveProfile = (response: ServerResponse): void => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ emailAddress: "ann@example.com", historyId: "1" }));
};

/** A server whose batch endpoint misbehaves as a test says; it knows whose mailbox it is, and gives tokens unless told. */
async function start(handle: Handle, requestTimeoutMs = 30_000, answerToken = giveToken) {
  const seen = { connections: 0, requests: 0 };
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.url === "/token") {
      answerToken(response);
      return;
    }
    if (request.url?.endsWith("/profile")) {
      giveProfile(response);
      return;
    }
    seen.requests++;
    const asked = Buffer.concat(chunks)
      .toString()
      .matchAll(/\/messages\/([^?]+)\?/g);
    await handle(
      request,
      response,
      Array.from(asked, ([, id]) => id as string),
    );
  });
  server.on("connection", () => seen.connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const rootUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const provider = createGmailProvider({
    vault: memoryTokenVault(),
    rootUrl,
    tokenUrl: `${rootUrl}token`,
    clientId: "c",
    clientSecret: "s",
    requestTimeoutMs,
  });
  running.push(provider, { close: () => server.close() && server.closeAllConnections() });
  const session = provider.connect({
    tenantId: "t",
    accountId: "a",
    email: "ann@example.com",
    refreshToken: "r",
  });
  return { session, seen };
}

const message = (id: string, more: object = {}) =>
  JSON.stringify({
    id,
    payload: { mimeType: "text/plain", headers: [{ name: "Subject", value: `s ${id}` }], body: { size: 0 } },
    ...more,
  });

const part = (contentId: string, body: string, status = "200 OK", eol = "\r\n") =>
  `Content-Type: application/http${eol}Content-ID: ${contentId}${eol}${eol}HTTP/1.1 ${status}${eol}Content-Type: application/json${eol}${eol}${body}${eol}`;

const notFound = JSON.stringify({
  error: { code: 404, message: "Not found", errors: [{ reason: "notFound" }] },
});

const answer = (
  response: ServerResponse,
  parts: readonly string[],
  { end = true, eol = "\r\n", type = "" } = {},
) => {
  response.setHeader("content-type", type || "multipart/mixed; boundary=b");
  response.write(parts.map((one) => `--b${eol}${one}`).join(""));
  if (end) response.end(`--b--${eol}`);
};

async function fetchAll(
  session: Awaited<ReturnType<typeof start>>["session"],
  ids: readonly string[],
  content: ContentMode = "full",
) {
  const fetched: FetchedMessage[] = [];
  for await (const one of session.fetchMessages(ids, content)) fetched.push(one);
  return fetched.map(
    ({ id, result }) => `${id} ${result.ok ? (result.value.subject ?? "ok") : result.fault.category}`,
  );
}

describe("a batch answer that is not as it should be", () => {
  it("parts in any order, unknown ones, repeated ones and one without an id: each id once", async () => {
    const { session } = await start((_request, response) =>
      answer(response, [
        part("<response-item-2>", message("c")),
        part("<response-item-7>", message("x")),
        part("<response-item-0>", message("a")),
        part("<response-item-0>", message("a")),
        part("nonsense", message("b")),
      ]),
    );
    expect(await fetchAll(session, ["a", "b", "c"])).toEqual(["c s c", "a s a", "b transient"]);
  });

  it("a part that answers for another message is not taken for the one that was asked", async () => {
    const { session } = await start((_request, response) =>
      answer(response, [part("<response-item-0>", message("b"))]),
    );
    expect(await fetchAll(session, ["a"])).toEqual(["a transient"]);
  });

  it("a message that makes no sense is told with what came of it, and the others come", async () => {
    const nonsense = ['{"payload":{}}', "[7]"];
    const { session } = await start((_request, response) =>
      answer(response, [
        ...nonsense.map((body, index) => part(`<response-item-${index}>`, body)),
        part("<response-item-2>", message("c")),
      ]),
    );
    const told: unknown[] = [];
    for await (const { id, result } of session.fetchMessages(["a", "b", "c"], "full")) {
      told.push(result.ok ? id : [id, result.fault.category, Buffer.from(result.fault.raw ?? []).toString()]);
    }
    expect(told).toEqual([["a", "bad_item", nonsense[0]], ["b", "bad_item", nonsense[1]], "c"]);
  });

  it("line feeds alone and a quoted boundary are understood", async () => {
    const { session } = await start((_request, response) =>
      answer(response, [part("<response-item-0>", message("a"), "200 OK", "\n")], {
        eol: "\n",
        type: 'multipart/mixed; boundary="b"',
      }),
    );
    expect(await fetchAll(session, ["a"])).toEqual(["a s a"]);
  });

  it("what came before the connection broke is kept, the rest is transient", async () => {
    const { session } = await start((_request, response) => {
      answer(response, [part("<response-item-0>", message("a")), part("<response-item-1>", '{"id":"b"')], {
        end: false,
      });
      setTimeout(() => response.destroy(), 50);
    });
    expect(await fetchAll(session, ["a", "b", "c"])).toEqual(["a s a", "b transient", "c transient"]);
  });

  it("an answer that ends too early with all politeness loses nothing", async () => {
    const { session } = await start((_request, response) => {
      answer(response, [part("<response-item-0>", message("a")), part("<response-item-1>", '{"id":"b"')], {
        end: false,
      });
      response.end();
    });
    expect(await fetchAll(session, ["a", "b", "c"])).toEqual(["a s a", "b transient", "c transient"]);
  });

  it.each([
    ["another boundary", 200, "multipart/mixed; boundary=other", "--b\r\n\r\n--b--", "transient"],
    ["no multipart", 200, "text/html", "<html>", "transient"],
    ["503", 503, "text/html", "<html>", "transient"],
    ["429", 429, "application/json", "{}", "rate_limited"],
    ["400", 400, "application/json", '{"error":{"code":400,"message":"Batch too large"}}', "unknown"],
  ])("%s instead of it is a fault for every id", async (_name, status, type, body, category) => {
    const { session, seen } = await start((_request, response) => {
      response.writeHead(status, { "content-type": type });
      response.end(body);
    });
    expect(await fetchAll(session, ["a", "b"])).toEqual([`a ${category}`, `b ${category}`]);
    expect(seen.requests).toBe(1);
  });

  it("silence before it and in the middle of it ends in time", async () => {
    const { session } = await start((_request, response, ids) => {
      if (ids.includes("late"))
        answer(response, [part("<response-item-0>", message("late"))], { end: false });
    }, 300);
    expect(await fetchAll(session, ["a", "b"])).toEqual(["a transient", "b transient"]);
    expect(await fetchAll(session, ["late", "b"])).toEqual(["late transient", "b transient"]);
  });

  it("a token answer that stalls or trickles ends in time", async () => {
    const trickle = (response: ServerResponse): void => {
      response.write('{"access_token":"');
      const timer = setInterval(() => response.write("a"), 50);
      response.on("close", () => clearInterval(timer));
    };
    for (const answerToken of [trickle, (response: ServerResponse) => void response.write("{")]) {
      const { session } = await start(() => {}, 400, answerToken);
      const began = performance.now();
      expect(await fetchAll(session, ["a", "b"])).toEqual(["a transient", "b transient"]);
      expect(performance.now() - began).toBeLessThan(3_000);
    }
  });

  it("401 for the whole and for single parts replaces the token once, then says so", async () => {
    const { session, seen } = await start((_request, response) =>
      answer(response, [
        part("<response-item-0>", "{}", "401 Unauthorized"),
        part("<response-item-1>", message("b")),
      ]),
    );
    expect(await fetchAll(session, ["a", "b"])).toEqual(["b s b", "a token_expired"]);
    expect(seen.requests).toBe(2);
  });

  it("a server without batches is asked message by message, and the batch is not tried again", async () => {
    const posts: string[] = [];
    const { session } = await start((request, response) => {
      if (request.method === "POST") posts.push(request.url ?? "");
      const id = /\/messages\/([^?]+)/.exec(request.url ?? "")?.[1];
      response.writeHead(id === undefined || id === "gone" ? 404 : 200, {
        "content-type": "application/json",
      });
      response.end(id === undefined || id === "gone" ? notFound : message(id));
    });
    const ids = Array.from({ length: 70 }, (_, i) => `m${i}`);
    expect((await fetchAll(session, [...ids, "gone"])).sort()).toEqual(
      [...ids.map((id) => `${id} s ${id}`), "gone gone"].sort(),
    );
    expect(posts).toEqual(["/batch/gmail/v1"]);
  });
});

it("a connection that carried a server error is not used again, one that carried a message is", async () => {
  let status = 503;
  const { session, seen } = await start((_request, response) => {
    if (status === 200) return answer(response, [part("<response-item-0>", message("a"))]);
    response.writeHead(status);
    response.end("unavailable");
  });
  await fetchAll(session, ["a"]);
  const afterError = seen.connections;
  status = 200;
  for (let i = 0; i < 5; i++) expect(await fetchAll(session, ["a"])).toEqual(["a s a"]);
  expect(seen.connections).toBe(afterError + 1);
});

describe("reading a batch", () => {
  it("yields a message before the next one has been sent", async () => {
    let release = () => {};
    const { session } = await start((_request, response) => {
      answer(
        response,
        [part("<response-item-0>", message("a")), part("<response-item-1>", "").slice(0, 20)],
        { end: false },
      );
      release = () => response.end(`${part("<response-item-1>", message("b")).slice(20)}--b--`);
    });
    const messages = session.fetchMessages(["a", "b"], "full")[Symbol.asyncIterator]();
    expect((await messages.next()).value).toMatchObject({ id: "a", result: { ok: true } });
    release();
    expect((await messages.next()).value).toMatchObject({ id: "b", result: { ok: true } });
  });

  it("does not read ahead of a slow reader: the sender waits", async () => {
    const text = Buffer.alloc(1_000_000, "x").toString("base64url");
    const body = (id: string) =>
      message(id, { payload: { mimeType: "text/plain", headers: [], body: { data: text } } });
    let sentBytes = 0;
    const { session } = await start(async (_request, response, ids) => {
      response.setHeader("content-type", "multipart/mixed; boundary=b");
      for (const [index, id] of ids.entries()) {
        const bytes = `--b\r\n${part(`<response-item-${index}>`, body(id))}`;
        if (!response.write(bytes)) await new Promise((resolve) => response.once("drain", resolve));
        sentBytes += bytes.length;
      }
      response.end("--b--\r\n");
    });
    const ids = Array.from({ length: 50 }, (_, i) => `m${i}`);
    const messages = session.fetchMessages(ids, "full")[Symbol.asyncIterator]();
    await messages.next();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(sentBytes).toBeLessThan(20_000_000); // of 67 MB; the rest is not in the kernel's buffers either
    let rest = 0;
    for (let next = await messages.next(); next.done !== true; next = await messages.next()) rest++;
    expect(rest).toBe(49);
  });

  it("an aborted fetch throws the reason and drops the connection; one that is left drops it, too", async () => {
    const closed: string[] = [];
    const { session } = await start((_request, response, ids) => {
      response.on("close", () => closed.push(ids[0] ?? ""));
      answer(response, [part("<response-item-0>", message(ids[0] ?? "")), "beginning of"], { end: false });
    });
    const controller = new AbortController();
    const reason = new Error("shutting down");
    const reading = (async () => {
      for await (const _ of session.fetchMessages(["aborted", "b"], "full", controller.signal))
        controller.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
    for await (const _ of session.fetchMessages(["left", "b"], "full")) break;
    await expect.poll(() => closed.sort()).toEqual(["aborted", "left"]);
  });

  it("a raw message of 50 MB arrives whole", async () => {
    const raw = Buffer.concat([
      Buffer.from("Subject: big\r\n\r\n"),
      Buffer.alloc(50_000_000, "line of text\r\n"),
    ]);
    const { session } = await start((_request, response) =>
      answer(response, [part("<response-item-0>", message("a", { raw: raw.toString("base64url") }))]),
    );
    for await (const { result } of session.fetchMessages(["a"], "raw")) {
      expect(result.ok && result.value.raw !== null && raw.equals(result.value.raw)).toBe(true);
    }
  });
});
