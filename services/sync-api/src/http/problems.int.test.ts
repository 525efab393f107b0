import { once } from "node:events";
import { connect } from "node:net";
import { BrokerRefusesError } from "@millrace/shared/nats/ping-broker";
import { createPool } from "@millrace/shared/postgres/create-pool";
import { silentLogger } from "@millrace/shared/testing/silent-logger";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addAccount } from "../testing/fill-views.ts";
import {
  startTestApi,
  type TestApi,
  type TestTenant,
  testReadiness,
  urlOf,
} from "../testing/start-test-api.ts";
import { bodyBytesMax } from "./body-limit.ts";

let api: TestApi;
let tenant: TestTenant;

beforeAll(async () => {
  api = await startTestApi();
  tenant = await api.addTenant();
});
afterAll(() => api?.stop());

function post(url: string, payload: string, headers: Record<string, string> = {}) {
  return api.app.inject({
    method: "POST",
    url,
    headers: { ...tenant.headers, "content-type": "application/json", ...headers },
    payload,
  });
}

const get = (url: string, headers: Record<string, string> = tenant.headers) =>
  api.app.inject({ url, headers });

/** The parts that every problem has, and nothing of our insides. */
function expectProblem(
  answer: { statusCode: number; headers: Record<string, unknown>; body: string },
  status: number,
  code: string,
): Record<string, unknown> {
  const problem = JSON.parse(answer.body) as Record<string, unknown>;
  expect(answer.statusCode).toBe(status);
  expect(String(answer.headers["content-type"])).toMatch(/^application\/problem\+json/);
  expect(problem).toMatchObject({ type: `/problems/${code}`, status, code });
  expect(problem.title).toEqual(expect.any(String));
  expect(problem.detail).toEqual(expect.any(String));
  expect(answer.body).not.toMatch(/\bat \/|\.ts:|node_modules|select |insert |pg_|FST_/);
  return problem;
}

describe("bodies", () => {
  test.each(["{", "", "[1,2", '{"accountId": undefined}', "\u0000"])("%j is not JSON", async (body) => {
    expectProblem(await post("/v1/syncs", body), 400, "invalid_json");
  });

  test.each(["null", "[]", '"text"', "1"])("%s is JSON and not a request", async (body) => {
    expectProblem(await post("/v1/syncs", body), 400, "invalid_request");
  });

  test("each wrong value is named by its pointer, and not repeated", async () => {
    const body = { accountId: "a b", mode: "sideways", chunkSize: 0, chunksize: 5, labelIds: ["ok", ""] };
    const problem = expectProblem(await post("/v1/syncs", JSON.stringify(body)), 400, "invalid_request");
    const pointers = (problem.errors as { in: string; pointer: string }[]).map((e) => `${e.in} ${e.pointer}`);
    expect(pointers.toSorted()).toEqual([
      "body #",
      "body #/accountId",
      "body #/chunkSize",
      "body #/labelIds/1",
      "body #/mode",
    ]);
    expect(JSON.stringify(problem)).not.toContain("sideways");
  });

  test.each([
    ["NUL", "a\u0000b"],
    ["a lone surrogate", "\ud800"],
  ])("text with %s, which Postgres cannot hold, is refused", async (_, query) => {
    const accountId = await addAccount(api.pool, tenant.tenantId);
    expectProblem(await post("/v1/syncs", JSON.stringify({ accountId, query })), 400, "invalid_request");
  });

  test.each(["text/plain", "text/csv", "application/x-www-form-urlencoded", "nonsense"])(
    "%s is 415",
    async (type) => {
      const answer = await post("/v1/syncs", "{}", { "content-type": type });
      expectProblem(answer, 415, "unsupported_media_type");
    },
  );

  test("prototype poisoning is 400", async () => {
    expectProblem(await post("/v1/syncs", '{"__proto__": {"accountId": "x"}}'), 400, "invalid_json");
  });

  test.each(["content-length", "chunked"])(
    "5 MB over a socket with %s is 413, says the limit, and nothing crashes",
    async (how) => {
      const bytes = Buffer.alloc(5_000_000, " ");
      const body = how === "chunked" ? new Blob([bytes]).stream() : bytes;
      const answer = await fetch(`${api.url}/v1/syncs`, {
        method: "POST",
        headers: { ...tenant.headers, "content-type": "application/json" },
        body,
        ...(how === "chunked" ? { duplex: "half" as const } : {}),
      });
      const text = await answer.text();
      const headers = { "content-type": answer.headers.get("content-type") };
      const problem = expectProblem(
        { statusCode: answer.status, headers, body: text },
        413,
        "body_too_large",
      );
      expect(problem.detail).toContain(String(bodyBytesMax));
      expect((await get("/healthz")).statusCode).toBe(200);
    },
  );
});

describe("keys", () => {
  test.each([
    ["no header", {}],
    ["an unknown key", { authorization: `Bearer mr_${"x".repeat(40)}` }],
    ["something that is no key", { authorization: "Bearer hello" }],
    ["another scheme", { authorization: "Basic bXI6eA==" }],
    ["a key without a scheme", { authorization: `mr_${"x".repeat(40)}` }],
    ["a huge header", { authorization: `Bearer ${"x".repeat(8_000)}` }],
  ])("%s is 401 on every kind of route", async (_, headers: Record<string, string>) => {
    for (const url of ["/v1/accounts", "/v1/syncs/syn_x", "/v1/stream", "/v1/messages/msg_x/raw"]) {
      const answer = await get(url, headers);
      expectProblem(answer, 401, "unauthenticated");
      expect(answer.headers["www-authenticate"]).toMatch(/^Bearer/);
    }
  });

  test("a key is asked for before a body is read", async () => {
    const answer = await api.app.inject({
      method: "POST",
      url: "/v1/syncs",
      payload: "{",
      headers: { "content-type": "application/json" },
    });
    expectProblem(answer, 401, "unauthenticated");
  });

  test("a revoked key is refused at once", async () => {
    const other = await api.addTenant();
    expect((await get("/v1/accounts", other.headers)).statusCode).toBe(200);
    await api.pool.query("update api_keys set revoked_at = now() where tenant_id = $1", [other.tenantId]);
    expectProblem(await get("/v1/accounts", other.headers), 401, "unauthenticated");
  });
});

describe("addresses", () => {
  test("an unknown route is 404", async () => {
    expectProblem(await get("/v2/accounts"), 404, "not_found");
    expectProblem(await get("/v1/nothing"), 404, "not_found");
  });

  test.each([
    "/v1/%zz",
    `/v1/syncs/${"x".repeat(90)}`,
    "/v1/syncs/a%00b",
    "/v1/accounts?email=%00",
    "/v1/accounts?limit=x",
  ])("%s is a problem of the request", async (url) => {
    const answer = await get(url);
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.statusCode).toBeLessThan(500);
    expectProblem(answer, answer.statusCode, answer.json().code);
  });

  test("a method that is not offered is 405 and says which are, before a body is read", async () => {
    const answer = await api.app.inject({
      method: "PUT",
      url: "/v1/syncs",
      headers: tenant.headers,
      payload: "{",
    });
    expectProblem(answer, 405, "method_not_allowed");
    expect(String(answer.headers.allow).split(", ").toSorted()).toEqual(["GET", "HEAD", "POST"]);
  });

  test.each(["accounts", "syncs", "events"])(
    "a made-up cursor of %s is 400 with its pointer",
    async (list) => {
      const madeUp = [[], ["x", "y"], [null], ["2026-99-99T00:00:00.000000Z", 5], [-1, -1], [1e300, 1]];
      const cursors = [
        "",
        "!!!",
        "e30",
        ...madeUp.map((m) => Buffer.from(JSON.stringify(m)).toString("base64url")),
      ];
      for (const cursor of cursors) {
        const problem = expectProblem(await get(`/v1/${list}?cursor=${cursor}`), 400, "invalid_request");
        expect(problem.errors).toMatchObject([{ in: "query", pointer: "#/cursor" }]);
      }
    },
  );

  test.each(["2026-99-99T99:99:99.000000Z", "2026-02-31T00:00:00.000000Z", "0000-01-01T00:00:00.000000Z"])(
    "a cursor that stands at %s is 400",
    async (time) => {
      const cursor = Buffer.from(JSON.stringify([time, "syn_x"])).toString("base64url");
      expectProblem(await get(`/v1/syncs?cursor=${cursor}`), 400, "invalid_request");
    },
  );
});

describe("what is not ours to say", () => {
  test("a failure that nobody foresaw is 500 without its words, and is logged", async () => {
    const copy = await api.buildCopy({
      publishRequest: () => Promise.reject(new Error("the secret inside")),
    });
    const accountId = await addAccount(api.pool, tenant.tenantId);
    const answer = await copy.inject({
      method: "POST",
      url: "/v1/syncs",
      headers: tenant.headers,
      payload: { accountId },
    });
    const problem = expectProblem(answer, 500, "internal");
    expect(answer.body).not.toContain("secret inside");
    const logged = api.logLines.filter((line) => line.includes(String(problem.requestId)));
    expect(logged.join("")).toContain("the secret inside");
  });

  test("a database that is away is 503 with Retry-After, and readiness names it", async () => {
    const nowhere = createPool(
      "postgres://nobody:pw@127.0.0.1:1/none",
      "sync-api",
      2,
      pino({ level: "silent" }),
    );
    const copy = await api.buildCopy({
      pool: nowhere,
      readiness: testReadiness({ ...api, log: silentLogger, pool: nowhere }),
    });
    const answer = await copy.inject({ url: "/v1/accounts", headers: tenant.headers });
    expectProblem(answer, 503, "database_unavailable");
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    const ready = await copy.inject({ url: "/readyz" });
    const problem = expectProblem(ready, 503, "not_ready");
    expect(problem.parts).toEqual({ postgres: "away", nats: "ok", projector: "ok" });
    expect((await copy.inject({ url: "/healthz" })).statusCode).toBe(200);
    await copy.close();
    await nowhere.end();
  });

  test("readiness names a projector that stands still", async () => {
    const copy = await api.buildCopy({
      readiness: testReadiness({ ...api, log: silentLogger, isProjecting: false }),
    });
    const problem = expectProblem(await copy.inject({ url: "/readyz" }), 503, "not_ready");
    expect(problem.parts).toEqual({ postgres: "ok", nats: "ok", projector: "failing" });
  });
});

test("readiness tells a broker that refuses us from one that is away", async () => {
  const pingBroker = () => Promise.reject(new BrokerRefusesError("publish to evt.shop.acc_1.sync"));
  const copy = await api.buildCopy({ readiness: testReadiness({ ...api, log: silentLogger, pingBroker }) });
  const problem = expectProblem(await copy.inject({ url: "/readyz" }), 503, "not_ready");
  expect(problem.parts).toEqual({ postgres: "ok", nats: "refusing", projector: "ok" });
});

describe("what is not HTTP", () => {
  async function speak(text: string): Promise<string> {
    const socket = connect(Number(new URL(urlOf(api.app)).port), "127.0.0.1");
    let heard = "";
    socket.on("data", (data) => {
      heard += data.toString("latin1");
    });
    socket.on("error", () => {});
    socket.write(text);
    await once(socket, "close");
    return heard;
  }

  test("a request that does not parse is a problem document on the socket", async () => {
    const heard = await speak("HELLO\r\n\r\n");
    expect(heard).toMatch(/^HTTP\/1\.1 400 /);
    expect(heard).toContain('"code":"bad_request"');
  });

  test("header fields without end are 431", async () => {
    const heard = await speak(`GET / HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(20_000)}\r\n\r\n`);
    expect(heard).toMatch(/^HTTP\/1\.1 431 /);
    expect(heard).toContain('"code":"headers_too_large"');
  });
});

test("every answer bears its request id and the headers that keep browsers from guessing, and no CORS", async () => {
  for (const url of ["/healthz", "/v1/accounts", "/nothing", "/openapi.json", "/docs/"]) {
    const { headers } = await get(url, { ...tenant.headers, origin: "https://example.com" });
    expect(headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  }
});
