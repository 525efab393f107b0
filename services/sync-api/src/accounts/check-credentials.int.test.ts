import { loadAccount } from "@millrace/shared/postgres/load-account";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type LinkWorld, startLinkWorld } from "../testing/link-world.ts";

let world: LinkWorld;

beforeAll(async () => {
  world = await startLinkWorld();
});
beforeEach(() => world.anew());
afterAll(() => world?.stop());

const post = (url: string, payload: object) =>
  world.api.app.inject({ method: "POST", url, headers: world.tenant.headers, payload });
const connect = (refreshToken: string, more: object = { check: true }) =>
  post("/v1/accounts", { provider: "gmail", email: world.email, credentials: { refreshToken }, ...more });
const good = () => `sim-refresh-${world.email}`;

test("credentials that are to be checked are refused when they open nothing, and nothing is stored", async () => {
  const refused = await connect("MARKED-worthless");
  expect([refused.statusCode, refused.json()]).toMatchObject([
    422,
    { code: "credentials_refused", why: "token_refused", detail: expect.stringContaining("by a link") },
  ]);
  expect(refused.body).not.toContain("MARKED");
  const listed = await world.api.app.inject({ url: "/v1/accounts", headers: world.tenant.headers });
  expect(listed.json().items).toEqual([]);
  expect((await connect(good())).statusCode).toBe(201);
});

test("what opens another mailbox, or is not to be tried, is told apart", async () => {
  const other = await connect(good(), { email: "somebody-else@example.com", check: true });
  expect(other.json()).toMatchObject({ code: "credentials_refused", why: "other_mailbox" });
  expect((await connect("not tried", {})).statusCode).toBe(201);
});

test("good credentials stay where worthless ones were to take their place", async () => {
  const { id: accountId } = (await connect(good())).json();
  const replace = (refreshToken: string) =>
    post(`/v1/accounts/${accountId}/credentials`, { credentials: { refreshToken }, check: true });
  expect((await replace("MARKED-worthless")).json().code).toBe("credentials_refused");
  const ref = { tenantId: world.tenant.tenantId, accountId };
  expect(await loadAccount(world.api.pool, world.api.keyring, ref)).toMatchObject({ refreshToken: good() });
  expect((await replace(good())).statusCode).toBe(200);
});

test("a provider that does not answer is no refusal: it says to try again, and whose fault it is", async () => {
  const { control } = world.simulator;
  const answers = [
    [{ kind: "status", status: 503 }, 503, "provider_unavailable"],
    [{ kind: "status", status: 401, reason: "invalid_client" }, 502, "provider_failed"],
  ] as const;
  for (const [effect, status, code] of answers) {
    await control.addFault({ match: { endpoint: "token" }, effect, when: { times: 1 } });
    const answer = await connect(good());
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
  }
});
