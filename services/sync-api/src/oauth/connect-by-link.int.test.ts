import { ConsentingBrowser } from "@millrace/gmail-simulator/testing/consenting-browser";
import { requestStream } from "@millrace/shared/nats/topology";
import { loadAccount } from "@millrace/shared/postgres/load-account";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type LinkWorld, returnUrl, startLinkWorld } from "../testing/link-world.ts";
import { factsOf, loseConsentInLog, startInLog } from "../testing/tell-log.ts";

let world: LinkWorld;
let browser: ConsentingBrowser;

beforeAll(async () => {
  world = await startLinkWorld();
});
beforeEach(async () => {
  await world.anew();
  browser = new ConsentingBrowser();
});
afterAll(() => world?.stop());

const accountsOf = async (tenantId = world.tenant.tenantId) =>
  (
    await world.api.pool.query<{ id: string; email: string; version: number }>(
      "select id, email, credentials_version as version from accounts where tenant_id = $1 order by id",
      [tenantId],
    )
  ).rows;

async function publishedRequest(accountId: string): Promise<unknown> {
  const subject = `sync.requests.${world.tenant.tenantId}.${accountId}`;
  const message = await world.api.nats.jsm.streams.getMessage(requestStream.name, { last_by_subj: subject });
  return message?.json() ?? null;
}

describe("a link", () => {
  test("leads to the consent page with all that Google wants, and ties the attempt to the browser", async () => {
    const { url } = await world.makeLink({ loginHint: world.email });
    const started = await browser.get(url);
    expect(started.status).toBe(303);
    expect(started.headers.get("referrer-policy")).toBe("no-referrer");
    expect(started.headers.get("cache-control")).toBe("no-store");
    expect(started.headers.get("set-cookie")).toMatch(
      /^millrace-connect-att_\w+=[\w-]{43}; Max-Age=600; Path=\/v1\/oauth\/google\/callback; HttpOnly; SameSite=Lax$/,
    );
    const asked = started.location as URL;
    expect(`${asked.origin}${asked.pathname}`).toBe(world.simulator.authUrl);
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      response_type: "code",
      client_id: "client",
      redirect_uri: `${world.api.url}/v1/oauth/google/callback`,
      scope: "https://www.googleapis.com/auth/gmail.readonly",
      state: expect.stringMatching(/^[\w.-]+$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: "S256",
      access_type: "offline",
      include_granted_scopes: "true",
      prompt: "consent",
      login_hint: world.email,
    });
  });

  test("of an API behind https has a cookie that neither http nor a sibling domain can plant, whatever the request says of its host", async () => {
    const app = await world.buildCopy({ publicUrl: "https://millrace.example.com" });
    const { url } = await world.makeLink({}, app);
    expect(url).toMatch(/^https:\/\/millrace\.example\.com\/v1\/oauth\/google\/start\?link=/);
    const { pathname, search } = new URL(url);
    const headers = { host: "evil.example", "x-forwarded-host": "evil.example" };
    const started = await app.inject({ url: `${pathname}${search}`, headers });
    expect(started.headers["set-cookie"]).toMatch(
      /^__Host-millrace-connect-att_\w+=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    const asked = new URL(String(started.headers.location));
    expect(asked.searchParams.get("redirect_uri")).toBe(
      "https://millrace.example.com/v1/oauth/google/callback",
    );
  });

  test("shows neither tenant nor id, and tells its tenant alone what came of it", async () => {
    const { url, id, ...made } = await world.makeLink();
    expect(made).toMatchObject({
      status: "open",
      accountId: null,
      receipt: null,
      failure: null,
      access: "read",
      returnUrl,
    });
    expect(Date.parse(made.expiresAt) - Date.parse(made.createdAt)).toBe(15 * 60_000);
    expect(url).not.toContain(id);
    expect(url).not.toContain(world.tenant.tenantId);
    const shown = await world.getLink(id);
    expect(shown).toEqual({ id, ...made });
    const other = await world.api.addTenant();
    const stolen = await world.api.app.inject({ url: `/v1/connect-links/${id}`, headers: other.headers });
    expect(stolen.statusCode).toBe(404);
  });

  test("is made for the tenant's own accounts only", async () => {
    const other = await world.api.addTenant();
    const payload = { provider: "gmail", email: world.email, credentials: { refreshToken: "theirs" } };
    const request = { method: "POST", url: "/v1/accounts", headers: other.headers, payload } as const;
    const theirs = (await world.api.app.inject(request)).json().id;
    for (const accountId of [theirs, "acc_nobody"])
      expect((await world.askForLink({ accountId })).statusCode).toBe(404);
  });
});

describe("a person who consents", () => {
  test("comes back to the tenant's address, with the mailbox connected as the link says and its first sync asked for", async () => {
    const { id, url } = await world.makeLink({
      content: "raw",
      attachments: "lazy",
      schedule: { kind: "none" },
    });
    const back = await browser.get(await browser.consent(url, world.email));
    expect(back.status).toBe(303);
    const [account] = await accountsOf();
    expect(account).toMatchObject({ email: world.email });
    const accountId = account?.id ?? "";
    expect(browser.cookiesFor(`${world.api.url}/v1/oauth/google/callback`)).toBe("");
    const link = await world.getLink(id);
    expect(link).toMatchObject({ status: "connected", accountId, failure: null, syncId: expect.any(String) });
    expect(link.receipt).toMatch(/^[\w-]{22}$/);
    expect(back.location?.href).toBe(
      `${returnUrl}&status=connected&accountId=${accountId}&receipt=${link.receipt}`,
    );
    expect(await publishedRequest(accountId)).toMatchObject({ syncId: link.syncId, mode: "full" });
    const shown = await world.api.app.inject({
      url: `/v1/accounts/${accountId}`,
      headers: world.tenant.headers,
    });
    expect(shown.json()).toMatchObject({ content: "raw", attachments: "lazy", schedule: { kind: "none" } });
    const ref = { tenantId: world.tenant.tenantId, accountId };
    const loaded = await loadAccount(world.api.pool, world.api.keyring, ref);
    expect(loaded?.refreshToken).toMatch(/^sim-refresh-.*~/);
  });

  test("twice, with two links at once, has one account, and one first sync", async () => {
    const links = await Promise.all([world.makeLink(), world.makeLink()]);
    const browsers = links.map(() => new ConsentingBrowser());
    const callbacks = await Promise.all(
      links.map(async ({ url }, i) => (browsers[i] as ConsentingBrowser).consent(url, world.email)),
    );
    const backs = await Promise.all(callbacks.map((url, i) => (browsers[i] as ConsentingBrowser).get(url)));
    expect(backs.map(({ location }) => location?.searchParams.get("status"))).toEqual([
      "connected",
      "connected",
    ]);
    expect(await accountsOf()).toMatchObject([{ version: 2 }]);
    const { rows } = await world.api.pool.query("select from sync_requests where tenant_id = $1", [
      world.tenant.tenantId,
    ]);
    expect(rows).toHaveLength(1);
  });

  test("for another tenant has an account there, and changes nothing here", async () => {
    await browser.get(await browser.consent((await world.makeLink()).url, world.email));
    const before = await accountsOf();
    const first = world.tenant;
    await world.anew(world.email);
    await browser.get(await browser.consent((await world.makeLink()).url, world.email));
    expect(await accountsOf(first.tenantId)).toEqual(before);
    expect(await accountsOf()).toMatchObject([{ version: 1 }]);
  });

  test("is asked for more where the tenant wants more, and what was allowed before stays", async () => {
    await browser.get(await browser.consent((await world.makeLink()).url, world.email));
    const { url } = await world.makeLink({ access: "modify" });
    const { location } = await browser.get(url);
    expect(location?.searchParams.get("scope")).toBe("https://www.googleapis.com/auth/gmail.modify");
    const callback = await browser.allow(location as URL, world.email);
    expect(callback.searchParams.get("scope")?.split(" ")).toHaveLength(2);
    expect((await browser.get(callback)).location?.searchParams.get("status")).toBe("connected");
  });

  test("is connected also when the broker is away, with a sync that is asked for later", async () => {
    const { id, url } = await world.makeLink();
    const callback = await browser.consent(url, world.email);
    const copy = await world.buildCopy({
      publicUrl: world.api.url,
      publishRequest: () => Promise.reject(new Error("The broker is away")),
    });
    const headers = { cookie: browser.cookiesFor(callback) };
    const back = await copy.inject({ url: `${callback.pathname}${callback.search}`, headers });
    expect(back.headers.location).toContain("status=connected");
    const { syncId } = await world.getLink(id);
    const { rows } = await world.api.pool.query("select from sync_requests where sync_id = $1", [syncId]);
    expect(rows).toHaveLength(1); // which the janitor publishes
  });
});

describe("connecting again", () => {
  let accountId: string;
  beforeEach(async () => {
    const payload = { provider: "gmail", email: world.email, credentials: { refreshToken: "dead" } };
    const request = { method: "POST", url: "/v1/accounts", headers: world.tenant.headers, payload } as const;
    accountId = (await world.api.app.inject(request)).json().id;
  });

  test("gives the account new credentials, and its paused syncs go on", async () => {
    const ref = { tenantId: world.tenant.tenantId, accountId };
    const syncId = await startInLog(world.api, ref);
    await loseConsentInLog(world.api, ref, syncId);
    const { url } = await world.makeLink({ accountId });
    const started = await browser.get(url);
    expect(started.location?.searchParams.get("login_hint")).toBe(world.email);
    const back = await browser.get(await browser.allow(started.location as URL, world.email));
    expect(back.location?.searchParams.get("accountId")).toBe(accountId);
    expect(await accountsOf()).toMatchObject([{ id: accountId, version: 2 }]);
    expect((await factsOf(world.api, ref, "sync")).at(-1)).toMatchObject({
      type: "account.reconnected",
      resumed: [syncId],
    });
  });

  test("without naming the account finds it by its mailbox, and leaves alone how it is synced", async () => {
    const { url } = await world.makeLink({ content: "raw" });
    await browser.get(await browser.consent(url, world.email.toUpperCase()));
    expect(await accountsOf()).toMatchObject([{ id: accountId, version: 2 }]);
    const { rows } = await world.api.pool.query("select content from accounts where id = $1", [accountId]);
    expect(rows).toEqual([{ content: "full" }]);
  });

  test("asks for a first sync only of an account that none was asked for", async () => {
    const { id, url } = await world.makeLink();
    await browser.get(await browser.consent(url, world.email));
    const { syncId } = await world.getLink(id);
    expect(syncId).not.toBeNull();
    const again = await world.makeLink();
    await browser.get(await browser.consent(again.url, world.email));
    expect(await world.getLink(again.id)).toMatchObject({ status: "connected", syncId: null });
  });

  test("with another mailbox than the account's is refused, and nothing is connected", async () => {
    const { id, url } = await world.makeLink({ accountId });
    const back = await browser.get(await browser.consent(url, world.otherEmail));
    expect(back.location?.href).toBe(`${returnUrl}&status=failed&error=other_mailbox`);
    expect(await accountsOf()).toEqual([{ id: accountId, email: world.email, version: 1 }]);
    expect(await world.getLink(id)).toMatchObject({ status: "open", failure: { code: "other_mailbox" } });
  });

  test("an account that is being removed is refused, in words that say so", async () => {
    const removing = "update accounts set removing_at = now(), removing_by = 'req-1' where tenant_id = $1";
    const { url, id } = await world.makeLink();
    await world.api.pool.query(removing, [world.tenant.tenantId]);
    const back = await browser.get(await browser.consent(url, world.email));
    expect(back.location?.href).toBe(`${returnUrl}&status=failed&error=account_removing`);
    const { failure } = await world.getLink(id);
    expect(failure?.message).toMatch(/is being removed. Make a new link when/);
    const named = await world.askForLink({ accountId });
    expect([named.statusCode, named.json().code]).toEqual([409, "account_removing"]);
    expect(await accountsOf()).toEqual([{ id: accountId, email: world.email, version: 1 }]);
  });

  test("an account that was removed meanwhile is refused", async () => {
    const { url } = await world.makeLink({ accountId });
    const callback = await browser.consent(url, world.email);
    await world.api.pool.query("delete from accounts where id = $1", [accountId]);
    expect((await browser.get(callback)).status).toBe(400);
    expect((await browser.get(url)).status).toBe(410);
    expect(await accountsOf()).toEqual([]);
  });
});
