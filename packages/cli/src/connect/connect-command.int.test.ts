import { afterEach, expect, test } from "vitest";
import { type AnsweringApi, startAnsweringApi } from "../testing/answering-api.ts";
import { runAsTyped } from "../testing/run-as-typed.ts";

let api: AnsweringApi | undefined;
afterEach(() => api?.close());

const serve = async (...args: Parameters<typeof startAnsweringApi>): Promise<AnsweringApi> => {
  api = await startAnsweringApi(...args);
  return api;
};
const env = ({ url }: AnsweringApi) => ({ MILLRACE_URL: url, MILLRACE_KEY: "mr_x" });

test.each([
  ["a new mailbox", [], "/v1/accounts"],
  ["one that is connected", [{ id: "acc_1" }], "/v1/accounts/acc_1/credentials"],
])(
  "a refresh token for %s is tried, and one that opens nothing is exit 2 with what to do",
  async (_, items, path) => {
    const detail = "It does not know the refresh token. Take a new one.";
    const answering = await serve(({ method }) =>
      method === "GET"
        ? [200, { items, nextCursor: null }]
        : [422, { code: "credentials_refused", title: "The provider does not take the credentials", detail }],
    );
    const args = ["connect", "ann@example.com", "--refresh-token-stdin"];
    const ran = await runAsTyped(args, { env: env(answering), stdin: "worthless\n" });
    expect(ran).toEqual({
      code: 2,
      stdout: "",
      stderr: `422 The provider does not take the credentials: ${detail}\n`,
    });
    expect(answering.asked.at(-1)).toMatchObject({
      path,
      body: { check: true, credentials: { refreshToken: "worthless" } },
    });
  },
);

test("what is neither an address nor an account's id is refused in words that say so", async () => {
  const answering = await serve(({ path }) =>
    path === "/v1/tenant"
      ? [200, { id: "demo", returnUrls: ["https://app.example.com/"] }]
      : [404, { code: "not_found", title: "There is no such thing", detail: "no such account" }],
  );
  const { code, stderr } = await runAsTyped(["connect", "notanaddress"], { env: env(answering) });
  expect(code).toBe(2);
  expect(stderr).toContain('There is no account "notanaddress". Name it by its mailbox\'s address');
});

const openLink = {
  id: "lnk_1",
  status: "open",
  accountId: null,
  syncId: null,
  failure: null,
  expiresAt: new Date(Date.now() + 900_000).toISOString(),
  url: "http://127.0.0.1:1/v1/connect/x",
};

test("on a pipe it says at once where the link is, that it waits and how long, and what ends the waiting", async () => {
  let seen = "";
  const answering = await serve(({ method, path }) => {
    if (method === "POST") return [201, openLink];
    if (path === "/v1/tenant") return [200, { id: "demo", returnUrls: ["https://app.example.com/"] }];
    return [200, openLink];
  });
  const waiting = runAsTyped(["connect", "--timeout", "2"], {
    env: env(answering),
    onWrite: (text) => {
      seen += text;
    },
  });
  await expect.poll(() => answering.asked.some(({ path }) => path.endsWith("/lnk_1"))).toBe(true);
  expect(seen).toContain(openLink.url);
  expect(seen).toMatch(/Waiting for the person, at most 2 s\..*--no-wait/);
  const { code, stdout } = await waiting;
  expect(code).toBe(1);
  expect(stdout).toMatch(/Nothing was connected in that time\. The link stays open for 14 min \d\d s more\./);
});
