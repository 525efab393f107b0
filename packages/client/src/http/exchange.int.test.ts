import { afterEach, expect, test } from "vitest";
import { createMillrace, type MillraceOptions } from "../create-millrace.ts";
import { type Answer, type AnsweringServer, json, problem, serveAnswers } from "../testing/serve-answers.ts";

let server: AnsweringServer | null = null;
afterEach(() => server?.stop());

async function millraceWith(answers: Answer[], options: Partial<MillraceOptions> = {}) {
  server = await serveAnswers(...answers);
  return { server, millrace: createMillrace({ baseUrl: `${server.url}/`, key: "mr_x", ...options }) };
}

test("what reads is tried again until it is answered", async () => {
  const { server, millrace } = await millraceWith([
    (_, response) => response.destroy(),
    problem(503, "database_unavailable"),
    json(200, { id: "syn_1" }),
  ]);
  expect(await millrace.syncs.get("syn_1")).toEqual({ id: "syn_1" });
  expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual(
    Array(3).fill("GET /v1/syncs/syn_1"),
  );
});

test("a start whose answer was lost is asked for again under the same idempotency key, and the next under another", async () => {
  const { server, millrace } = await millraceWith([
    (_, response) => response.destroy(),
    json(202, { syncId: "syn_1" }),
  ]);
  await millrace.syncs.start({ accountId: "acc_1" });
  await millrace.syncs.start({ accountId: "acc_1" });
  const [first, again, next] = server.headers("idempotency-key");
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(again).toBe(first);
  expect(next).not.toBe(first);
});

test("what might be done twice is not repeated by itself", async () => {
  const { server, millrace } = await millraceWith([problem(503, "broker_unavailable")]);
  await expect(millrace.accounts.delete("acc_1")).rejects.toMatchObject({
    code: "broker_unavailable",
    status: 503,
  });
  await expect(millrace.syncs.retry("syn_1")).rejects.toMatchObject({ code: "broker_unavailable" });
  expect(server.requests).toHaveLength(2);
});

test("calls that have met the end of a token together ask for one new token", async () => {
  let made = 0;
  const { server, millrace } = await millraceWith(
    [
      (request, response) =>
        request.headers.authorization === "Bearer mrb_2"
          ? json(200, { id: "syn_1" })(request, response)
          : problem(401, "unauthenticated")(request, response),
    ],
    {
      key: () => {
        made += 1;
        return `mrb_${made}`;
      },
    },
  );
  await Promise.all(Array.from({ length: 5 }, () => millrace.syncs.get("syn_1")));
  expect(made).toBe(2);
  expect(server.requests).toHaveLength(10);
});

test("a key that is refused is told, and so is a new one that is refused", async () => {
  const { server, millrace } = await millraceWith([problem(401, "unauthenticated")], { key: () => "mrb_x" });
  await expect(millrace.syncs.get("syn_1")).rejects.toMatchObject({ code: "unauthenticated" });
  expect(server.requests).toHaveLength(2);
});

test("a server that does not answer is not waited for forever", async () => {
  const { millrace } = await millraceWith([() => {}], { answerMsMax: 100, retries: 0 });
  await expect(millrace.syncs.get("syn_1")).rejects.toMatchObject({ code: "timeout", status: null });
});

test("a page in the place of an answer says what may be wrong", async () => {
  const page: Answer = (_, response) =>
    response.writeHead(200, { "content-type": "text/html" }).end("<h1>Hello</h1>");
  const { millrace } = await millraceWith([page]);
  await expect(millrace.syncs.get("syn_1")).rejects.toThrow("Does baseUrl lead to sync-api");
});

test("nobody at all says what to look at", async () => {
  const { server, millrace } = await millraceWith([json(200, {})], { retries: 0 });
  server.stop();
  await expect(millrace.syncs.get("syn_1")).rejects.toThrow(/ECONNREFUSED.*Is Millrace running/);
});

test("a redirection does not carry the key away", async () => {
  const { server, millrace } = await millraceWith(
    [(_, response) => response.writeHead(307, { location: "/elsewhere" }).end()],
    { retries: 0 },
  );
  await expect(millrace.syncs.get("syn_1")).rejects.toMatchObject({ code: "unreachable" });
  expect(server.requests).toHaveLength(1);
});

test("an abort ends a call with its reason, also between two tries", async () => {
  const { millrace } = await millraceWith([problem(503, "x", { "retry-after": "30" })]);
  const abort = new AbortController();
  setTimeout(() => abort.abort(new Error("enough")), 100);
  await expect(millrace.syncs.get("syn_1", { signal: abort.signal })).rejects.toThrow("enough");
});
