import { afterEach, beforeEach, expect, test } from "vitest";
import { type AnsweringApi, startAnsweringApi } from "../testing/answering-api.ts";
import { runAsTyped } from "../testing/run-as-typed.ts";
import type { Finding } from "./finding.ts";

let api: AnsweringApi;
beforeEach(async () => {
  api = await startAnsweringApi(({ path }) => [
    path.startsWith("/v1/") ? 401 : 200,
    { parts: { nats: "up" } },
  ]);
});
afterEach(() => api.close());

async function look(env: Record<string, string>, ...args: string[]) {
  const { code, stdout } = await runAsTyped(["doctor", "--json", ...args], { env });
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  return { code, findings: findings.filter(({ check }) => check.startsWith("api.")) };
}

test("an address without a key is looked at, and what needs a key is not", async () => {
  const { code, findings } = await look({ MILLRACE_URL: api.url, MILLRACE_KEY: "" });
  expect(code).toBe(0);
  expect(findings).toMatchObject([
    { check: "api.reachable", status: "ok", found: expect.stringContaining(api.url) },
    { check: "api.clock", status: "ok" },
    { check: "api.ready", status: "ok", found: "ready: nats up" },
    { check: "api.key", status: "skipped", todo: expect.stringContaining("MILLRACE_KEY is not set") },
  ]);
  expect(api.asked.filter(({ path }) => path.startsWith("/v1/"))).toEqual([]);
});

test("an address at which nobody answers fails, without a key as well", async () => {
  const { code, findings } = await look({ MILLRACE_URL: "http://127.0.0.1:1" });
  expect(code).toBe(1);
  expect(findings).toMatchObject([
    { check: "api.reachable", status: "fail", found: expect.stringContaining("Nobody answers") },
  ]);
});

test("an address or a profile that makes no sense fails; where neither is given the API is not looked at", async () => {
  const named = [await look({ MILLRACE_URL: "localhost:8750" }), await look({}, "--profile", "nobody")];
  expect(named.map(({ code, findings }) => [code, findings[0]?.status])).toEqual([
    [1, "fail"],
    [1, "fail"],
  ]);
  const { code, findings } = await look({});
  expect([code, findings]).toMatchObject([0, [{ check: "api.reachable", status: "skipped" }]]);
});
