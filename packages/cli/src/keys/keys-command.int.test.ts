import { afterEach, expect, test } from "vitest";
import { type AnsweringApi, startAnsweringApi } from "../testing/answering-api.ts";
import { runAsTyped } from "../testing/run-as-typed.ts";

let api: AnsweringApi | undefined;
afterEach(() => api?.close());

const key = (id: string, fields: object = {}) => ({
  id,
  name: "reporting",
  scopes: ["read"],
  hint: "mr_abcd",
  createdAt: "2026-01-01T00:00:00Z",
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
  replaces: null,
  ...fields,
});

const serve = async (): Promise<AnsweringApi> => {
  const revoked = key("key_old", { revokedAt: "2026-01-02T00:00:00Z" });
  api = await startAnsweringApi(({ method }) => {
    if (method === "GET") return [200, { items: [key("key_1"), revoked], nextCursor: null }];
    return method === "DELETE" ? [204] : [201, key("key_2", { key: "mr_secret" })];
  });
  return api;
};

test("keys that open something are listed, all of them when asked for", async () => {
  const { millrace } = await serve();
  expect((await millrace("keys")).stdout).toMatch(/key_1 +reporting +mr_abcd… +read +never +never\n$/);
  expect((await millrace("keys", "ls", "--all")).stdout).toMatch(/key_old .* revoked 2026-01-02\n$/);
  expect(JSON.parse((await millrace("keys", "--json")).stdout).items).toHaveLength(1);
});

test("a new key is on standard output alone, so that it can go into a file", async () => {
  const { millrace, asked } = await serve();
  const made = await millrace("keys", "create", "reporting", "--scopes", "admin,read");
  expect(made).toMatchObject({
    code: 0,
    stdout: "mr_secret\n",
    stderr: expect.stringContaining("shown this once"),
  });
  expect(asked[0]).toEqual({
    method: "POST",
    path: "/v1/keys",
    body: { name: "reporting", scopes: ["read", "admin"], expiresAt: null },
  });
  expect(await millrace("keys", "create", "x", "--scopes", "all")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("They are some of read,write,admin."),
  });
});

test("a key is followed by another with a day's overlap, or ended; an operator names the tenant", async () => {
  const { millrace, asked } = await serve();
  expect((await millrace("keys", "rotate", "key_1")).stdout).toBe("mr_secret\n");
  expect((await millrace("keys", "revoke", "key_1", "--json")).stdout).toBe('{"revoked":"key_1"}\n');
  await millrace("keys", "rotate", "key_1", "--overlap-seconds", "0", "--tenant", "demo");
  expect(asked.map(({ method, path, body }) => [method, path, body])).toEqual([
    ["POST", "/v1/keys/key_1/rotate", { overlapSeconds: 86_400 }],
    ["DELETE", "/v1/keys/key_1", undefined],
    ["POST", "/v1/tenants/demo/keys/key_1/rotate", { overlapSeconds: 0 }],
  ]);
});

test("an operator is asked whose keys are meant, and the API is not", async () => {
  const { url, asked, close } = await startAnsweringApi(() => [200, { items: [], nextCursor: null }]);
  const env = { MILLRACE_URL: url, MILLRACE_KEY: "mro_x" };
  for (const words of [["ls"], ["create", "x"], ["rotate", "key_1"], ["revoke", "key_1"]]) {
    const { code, stderr } = await runAsTyped(["keys", ...words], { env });
    expect([code, stderr]).toEqual([2, expect.stringContaining("with --tenant")]);
  }
  expect(asked).toEqual([]);
  expect((await runAsTyped(["keys", "ls", "--tenant", "demo"], { env })).code).toBe(0);
  close();
});

test("what the API says twice is said once", async () => {
  const title = "body #/name: Too long";
  const errors = ["Too long", "Too long", "Not this"].map((detail) => ({
    in: "body",
    pointer: "#/name",
    detail,
  }));
  api = await startAnsweringApi(() => [400, { code: "invalid_request", title, detail: title, errors }]);
  const { code, stderr } = await api.millrace("keys", "create", "x");
  expect([code, stderr]).toEqual([2, `400 ${title}: body #/name: Not this\n`]);
});
