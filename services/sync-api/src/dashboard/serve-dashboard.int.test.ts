import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Api } from "../api.ts";
import { startTestApi, type TestApi } from "../testing/start-test-api.ts";

let api: TestApi;
let folder: string;
let built: Api;
let unbuilt: Api;

beforeAll(async () => {
  api = await startTestApi();
  folder = await mkdtemp(join(tmpdir(), "millrace-dashboard-"));
  await mkdir(join(folder, "assets"));
  await writeFile(join(folder, "index.html"), "<!doctype html><title>Millrace</title>");
  await writeFile(join(folder, "assets/app-1.js"), "1;");
  await writeFile(join(folder, "assets/app-1.js.br"), "compressed");
  const traceUrl = "https://traces.example/{traceId}";
  built = await api.buildCopy({ dashboard: { folder, traceUrl } });
  unbuilt = await api.buildCopy({ dashboard: { folder: join(folder, "nothing"), traceUrl: null } });
});
afterAll(async () => {
  await built?.close();
  await unbuilt?.close();
  await api?.stop();
  await rm(folder, { recursive: true, force: true });
});

test("the page is served at the address of every screen, asked for anew each time, with a policy of its own", async () => {
  for (const url of [
    "/",
    "/syncs",
    "/syncs/syn_1",
    "/accounts",
    "/dead-letters",
    "/mail/acc_1/msg_1",
    "/tenants",
  ]) {
    const answer = await built.inject({ url });
    expect(answer.statusCode, url).toBe(200);
    expect(answer.body).toContain("<title>Millrace</title>");
    expect(answer.headers["cache-control"]).toBe("no-cache");
    expect(answer.headers["content-security-policy"]).toContain("script-src 'self';");
    expect(answer.headers["content-security-policy"]).not.toContain("'unsafe-inline' 'unsafe-eval'");
  }
});

test("its files may be kept for ever, and come as they were compressed", async () => {
  const plain = await built.inject({ url: "/dashboard/assets/app-1.js" });
  expect(plain.body).toBe("1;");
  expect(plain.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
  const small = await built.inject({
    url: "/dashboard/assets/app-1.js",
    headers: { "accept-encoding": "br" },
  });
  expect(small.headers["content-encoding"]).toBe("br");
  expect(small.body).toBe("compressed");
});

test("nothing of the API is hidden by it, and what is not there is a problem like any other", async () => {
  expect((await built.inject({ url: "/healthz" })).json()).toEqual({ status: "up" });
  expect((await built.inject({ url: "/openapi.json" })).json().paths["/syncs"]).toBeUndefined();
  expect((await built.inject({ url: "/v1/me" })).statusCode).toBe(401);
  for (const url of [
    "/v1/nothing",
    "/dashboard/assets/nothing.js",
    "/dashboard/../../package.json",
    "/nowhere",
  ]) {
    const answer = await built.inject({ url });
    expect(answer.json(), url).toMatchObject({ code: "not_found" });
  }
  expect((await built.inject({ method: "POST", url: "/syncs" })).json()).toMatchObject({
    code: "method_not_allowed",
  });
  expect((await built.inject({ url: "/dashboard.json" })).json()).toEqual({
    traceUrl: "https://traces.example/{traceId}",
  });
});

test("who has mistyped an address in a browser is shown the page, which says so; a program is told as ever", async () => {
  const accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
  for (const url of ["/nope", "/nope/deeper?x=/v1/", "/v2/me", "/v1things"]) {
    const answer = await built.inject({ url, headers: { accept } });
    expect(answer.statusCode, url).toBe(404);
    expect(answer.headers["content-type"], url).toBe("text/html; charset=utf-8");
    expect(answer.body, url).toContain("<title>Millrace</title>");
    expect(answer.headers["content-security-policy"]).toContain("script-src 'self';");
    expect(answer.headers["cache-control"]).toBe("no-store");
  }
  const problems = [
    { url: "/nope" },
    { url: "/nope", headers: { accept: "*/*" } },
    { url: "/nope", headers: { accept: "application/json" } },
    { url: "/nope", headers: { accept }, method: "POST" },
    { url: "/v1/nope", headers: { accept } },
    { url: "/dashboard/assets/nope.js", headers: { accept } },
    { url: "/nope.json", headers: { accept } },
  ] as const;
  for (const request of problems) {
    const answer = await built.inject(request);
    expect(answer.statusCode, JSON.stringify(request)).toBe(404);
    expect(answer.json(), JSON.stringify(request)).toMatchObject({ code: "not_found" });
  }
  expect((await unbuilt.inject({ url: "/nope", headers: { accept } })).json().code).toBe("not_found");
});

test("where it is not built, its addresses say so, and how it is", async () => {
  const answer = await unbuilt.inject({ url: "/syncs" });
  expect(answer.statusCode).toBe(503);
  expect(answer.body).toContain("npm run dashboard");
  expect((await unbuilt.inject({ url: "/healthz" })).statusCode).toBe(200);
});
