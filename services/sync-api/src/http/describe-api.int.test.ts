import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestApi, type TestApi } from "../testing/start-test-api.ts";

interface Operation {
  readonly summary?: string;
  readonly security?: readonly object[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}
interface Description {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

let api: TestApi;
let description: Description;

beforeAll(async () => {
  api = await startTestApi();
  description = (await api.app.inject({ url: "/openapi.json" })).json();
});
afterAll(() => api?.stop());

test("the description is valid OpenAPI 3.1", async () => {
  expect(description.openapi).toBe("3.1.0");
  const result = await new Validator().validate(JSON.stringify(description, null, 1));
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
});

test("every route that is served is described, with the methods that it offers, and nothing else is", async () => {
  const paths = servedPaths().filter((path) => !path.startsWith("/docs"));
  const served: string[] = [];
  for (const path of paths) {
    const { headers } = await api.app.inject({ method: "OPTIONS", url: path }); // 405, with what is offered
    const methods = String(headers.allow)
      .split(", ")
      .filter((method) => method !== "HEAD");
    served.push(...methods.map((method) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`));
  }
  const described = Object.entries(description.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.length).toBeGreaterThanOrEqual(31);
  expect(described.toSorted()).toEqual(served.toSorted());
});

/** Reads the tree that the router prints, four characters a level. */
function servedPaths(): string[] {
  const parts: string[] = [];
  return api.app
    .printRoutes({ commonPrefix: false })
    .split("\n")
    .flatMap((line) => {
      const found = /^(.*?)[├└]── (\S+) \(/.exec(line);
      if (found === null) return [];
      parts.length = (found[1] ?? "").length / 4;
      parts.push(found[2] ?? "");
      return [parts.join("")];
    });
}

test("every operation is explained, and those under /v1 with a key and with problem documents", () => {
  for (const [path, operations] of Object.entries(description.paths)) {
    for (const operation of Object.values(operations)) {
      expect(operation.summary).toEqual(expect.any(String));
      if (!path.startsWith("/v1/")) continue;
      if (path.startsWith("/v1/webhooks/")) {
        expect(operation.security).toEqual([{ pushToken: [] }]);
        continue;
      }
      // None for a person's browser; elsewhere the document's own: a key.
      expect(operation.security).toEqual(path.startsWith("/v1/oauth/") ? [] : undefined);
      expect(operation.responses["4XX"]?.content).toHaveProperty(["application/problem+json"]);
    }
  }
});

test("every reference leads somewhere, and every schema is used", () => {
  const text = JSON.stringify(description);
  const used = new Set([...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map((match) => match[1]));
  const { components } = description as unknown as { components: { schemas: object } };
  expect(new Set(Object.keys(components.schemas))).toEqual(used);
});

test("the reference page is whole: its script comes from here, and it may ask nobody else", async () => {
  const redirect = await api.app.inject({ url: "/docs" });
  expect([redirect.statusCode, redirect.headers.location]).toEqual([301, "/docs/"]);
  const page = await api.app.inject({ url: "/docs/" });
  expect(page.statusCode).toBe(200);
  expect(page.body).toContain('"/openapi.json"');
  expect(page.body).not.toMatch(/https?:\/\//);
  expect(page.headers["content-security-policy"]).toContain("connect-src 'self'");
  const source = /<script src="([^"]+)"/.exec(page.body)?.[1];
  const script = await api.app.inject({ url: `/docs/${source}` });
  expect(script.statusCode).toBe(200);
  expect(script.headers["content-type"]).toMatch(/javascript/);
  expect(script.body.length).toBeGreaterThan(100_000);
});
