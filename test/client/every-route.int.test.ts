import { createMillrace } from "@millrace/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestApi, type TestApi } from "../../services/sync-api/src/testing/start-test-api.ts";

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api?.stop());

/** For a browser that a person sits at, and for Google: no client of a tenant calls them. */
const forOthers = ["GET /v1/oauth/google/start", "GET /v1/oauth/google/callback", "POST /v1/webhooks/gmail"];

const isFunction = (value: unknown): value is (...values: unknown[]) => unknown =>
  typeof value === "function";

/** Calls everything that a client has, with ids and bodies that are nobody's, and gives what was asked of the API. */
async function askEverything(): Promise<Set<string>> {
  const asked = new Set<string>();
  const noting: typeof fetch = async (input, init) => {
    asked.add(`${init?.method} ${new URL(String(input)).pathname}`);
    return new Response(JSON.stringify({ code: "not_found", detail: "…" }), { status: 404 });
  };
  const millrace = createMillrace({ baseUrl: "http://millrace.test", fetch: noting });
  const methods = Object.values(millrace).flatMap((part) =>
    isFunction(part) ? [part] : Object.values(part),
  );
  for (const method of methods.filter(isFunction)) {
    const answer = method("ID", "ID");
    if (typeof answer === "object" && answer !== null && Symbol.asyncIterator in answer)
      await (answer as AsyncIterable<unknown>)
        [Symbol.asyncIterator]()
        .next()
        .catch(() => {});
    else await Promise.resolve(answer).catch(() => {});
  }
  return asked;
}

test("every route of the description has a method, and every method leads to a route", async () => {
  const { paths } = (await api.app.inject({ url: "/openapi.json" })).json<{
    paths: Record<string, Record<string, object>>;
  }>();
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const routes = described.filter((route) => !forOthers.includes(route));
  const expected = routes.map((route) => route.replaceAll(/\{\w+\}/g, "ID"));
  expect([...(await askEverything())].toSorted()).toEqual(expected.toSorted());
});
