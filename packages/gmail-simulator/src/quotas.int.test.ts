import { expect, test } from "vitest";
import type { GmailSimulatorOptions } from "./options.ts";
import { startGmailSimulator } from "./start-gmail-simulator.ts";
import { connectGoogleClient, failureOf } from "./testing/connect-google-client.ts";

const userId = "me";
const mailboxes = ["a@example.com", "b@example.com"].map((email) => ({ email, generate: 500 }));

/** Gets messages until one is refused; the number that were not, and the refusal. */
async function getUntilRefused(options: GmailSimulatorOptions) {
  const simulator = await startGmailSimulator({ mailboxes, now: () => 1_767_225_600_000, ...options });
  try {
    const { api } = connectGoogleClient(simulator, "a@example.com");
    const { data } = await api.users.messages.list({ userId, maxResults: 1 });
    const id = data.messages?.[0]?.id ?? "";
    for (let got = 0; ; got++) {
      const response = await api.users.messages.get(
        { userId, id, format: "minimal" },
        { validateStatus: () => true },
      );
      if (response.status !== 200) return { got, response, simulator, api };
    }
  } finally {
    await simulator.close();
  }
}

test("a project of 2026 reads 299 messages of one mailbox in a minute that begins with a list", async () => {
  const { got, response } = await getUntilRefused({});
  expect(got).toBe(299);
  expect(response.status).toBe(403);
  expect(response.data).toEqual({
    error: {
      code: 403,
      message: "User-rate limit exceeded.  Retry after 2026-01-01T00:01:00.100Z",
      errors: [
        {
          message: "User-rate limit exceeded.  Retry after 2026-01-01T00:01:00.100Z",
          domain: "usageLimits",
          reason: "userRateLimitExceeded",
        },
      ],
      status: "PERMISSION_DENIED",
    },
  });
});

test("the project's limit is 429 and covers all mailboxes", async () => {
  const { got, response } = await getUntilRefused({ quotas: "gmail-legacy", unitsPerMinuteProject: 55 });
  expect(got).toBe(10);
  expect(response.status).toBe(429);
  expect(response.data).toMatchObject({
    error: { status: "RESOURCE_EXHAUSTED", errors: [{ reason: "rateLimitExceeded", domain: "global" }] },
  });
});

test("the time in the refusal is right: before it the call fails, at it the call works", async () => {
  let nowMs = 1_767_225_600_000;
  const simulator = await startGmailSimulator({ mailboxes, unitsPerMinuteUser: 1, now: () => nowMs });
  const { api } = connectGoogleClient(simulator, "a@example.com");
  await api.users.getProfile({ userId });
  const { body } = await failureOf(api.users.getProfile({ userId }));
  const retryAt = /Retry after (\S+)/.exec((body as { error: { message: string } }).error.message)?.[1] ?? "";
  nowMs = Date.parse(retryAt) - 1;
  expect((await failureOf(api.users.getProfile({ userId }))).status).toBe(403);
  nowMs += 1;
  expect((await api.users.getProfile({ userId })).status).toBe(200);
  await simulator.close();
});

test("one mailbox's spending leaves another's alone, and refused calls cost nothing", async () => {
  const simulator = await startGmailSimulator({ mailboxes, unitsPerMinuteUser: 5 });
  const [a, b] = mailboxes.map(({ email }) => connectGoogleClient(simulator, email).api);
  await a?.users.messages.list({ userId });
  for (let n = 0; n < 3; n++)
    expect((await failureOf(a?.users.getProfile({ userId }) ?? Promise.resolve())).status).toBe(403);
  expect((await b?.users.messages.list({ userId }))?.status).toBe(200);
  const { units, calls } = await simulator.control.calls();
  expect(units).toBe(10);
  expect(calls).toContainEqual({
    endpoint: "profile",
    email: "a@example.com",
    status: 403,
    inBatch: false,
    count: 3,
    units: 0,
    firstAtMs: expect.any(Number),
  });
  await simulator.close();
});
