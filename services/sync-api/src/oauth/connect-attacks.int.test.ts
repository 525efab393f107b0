import { ConsentingBrowser } from "@millrace/gmail-simulator/testing/consenting-browser";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type LinkWorld, returnUrl, startLinkWorld } from "../testing/link-world.ts";

let world: LinkWorld;
let person: ConsentingBrowser;
let attacker: ConsentingBrowser;

beforeAll(async () => {
  world = await startLinkWorld();
});
beforeEach(async () => {
  await world.anew();
  [person, attacker] = [new ConsentingBrowser(), new ConsentingBrowser()];
});
afterAll(() => world?.stop());

async function accountCount(): Promise<number> {
  const sql = "select from accounts where tenant_id = $1";
  return (await world.api.pool.query(sql, [world.tenant.tenantId])).rowCount ?? 0;
}

async function codeOf(
  answer: Promise<{ readonly status: number; readonly text: string }>,
): Promise<[number, string]> {
  const { status, text } = await answer;
  return [status, JSON.parse(text).code];
}

/** How a person who was refused is sent back. */
const sentBack = async (browser: ConsentingBrowser, callback: URL): Promise<string | undefined> =>
  (await browser.get(callback)).location?.href;
const failedWith = (error: string): string => `${returnUrl}&status=failed&error=${error}`;

/** The same callback with other parameters. */
function withParams(callback: URL, changes: Readonly<Record<string, string | null>>): URL {
  const changed = new URL(callback);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) changed.searchParams.delete(name);
    else changed.searchParams.set(name, value);
  }
  return changed;
}

const param = (url: URL | null, name: string): string => url?.searchParams.get(name) ?? "";

describe("a state", () => {
  test("that is replayed is refused, also with the cookie of its browser", async () => {
    const callback = await person.consent((await world.makeLink()).url, world.email);
    const headers = { cookie: person.cookiesFor(callback) };
    expect((await person.get(callback)).status).toBe(303);
    const replayed = await fetch(callback, { headers, redirect: "manual" });
    expect([replayed.status, ((await replayed.json()) as { code: string }).code]).toEqual([
      400,
      "consent_refused",
    ]);
    expect(await codeOf(person.get(callback))).toEqual([400, "consent_refused"]);
    expect(await accountCount()).toBe(1);
  });

  test("that comes ten times at once is taken once, over two copies of the service", async () => {
    const callback = await person.consent((await world.makeLink()).url, world.email);
    const copy = await world.buildCopy({ publicUrl: world.api.url });
    const request = {
      url: `${callback.pathname}${callback.search}`,
      headers: { cookie: person.cookiesFor(callback) },
    };
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? copy : world.api.app).inject(request)),
    );
    const statuses = answers.map(({ statusCode }) => statusCode);
    expect(statuses.toSorted()).toEqual([303, ...Array(9).fill(400)]);
    const { rows } = await world.api.pool.query(
      "select credentials_version as v from accounts where tenant_id = $1",
      [world.tenant.tenantId],
    );
    expect(rows).toEqual([{ v: 1 }]);
  });

  test("of another browser is refused, and stays good for its own", async () => {
    const { url } = await world.makeLink();
    // The attacker's consent, which a person is made to open: their page would show the attacker's mailbox.
    const planted = await attacker.consent(url, world.otherEmail);
    expect(await codeOf(person.get(planted))).toEqual([400, "consent_refused"]);
    await person.get(url); // has a cookie, of an attempt of its own
    expect(await codeOf(person.get(planted))).toEqual([400, "consent_refused"]);
    expect(await accountCount()).toBe(0);
    expect((await attacker.get(planted)).status).toBe(303);
  });

  test("is not taken from one attempt for another, even with both cookies in hand", async () => {
    const [first, second] = [await world.makeLink(), await world.makeLink()];
    const callback = await person.consent(first.url, world.email);
    const state = param((await person.get(second.url)).location, "state");
    const cookies = person.cookiesFor(callback).split("; ");
    expect(cookies).toHaveLength(2);
    const swapped = cookies.map((one, i) => `${one.split("=")[0]}=${cookies[1 - i]?.split("=")[1]}`);
    const answer = await fetch(callback, { headers: { cookie: swapped.join("; ") }, redirect: "manual" });
    expect(answer.status).toBe(400);
    // With the right cookie, but with a code that was given for the other attempt.
    expect(await sentBack(person, withParams(callback, { state }))).toBe(failedWith("code_refused"));
    expect(await accountCount()).toBe(0);
  });

  test("that was made up, altered, cut, doubled or left out is refused, and so is a link in its place", async () => {
    const { url } = await world.makeLink();
    const callback = await person.consent(url, world.email);
    const state = param(callback, "state");
    const link = param(new URL(url), "link");
    const middle = state.length - 20;
    const altered = `${state.slice(0, middle)}${state[middle] === "A" ? "B" : "A"}${state.slice(middle + 1)}`;
    for (const wrong of ["x", altered, state.slice(0, -4), link, state.replace("v2.k1.", "v2.k2.")])
      expect(await codeOf(person.get(withParams(callback, { state: wrong })))).toEqual([
        400,
        "consent_refused",
      ]);
    expect(await codeOf(person.get(withParams(callback, { state: null })))).toEqual([400, "invalid_request"]);
    expect(await codeOf(person.get(`${callback.href}&state=${state}`))).toEqual([400, "invalid_request"]);
    expect((await person.get(callback)).status).toBe(303); // none of it has spent the right one
  });

  test("of a person who took longer than ten minutes is refused", async () => {
    const { id, url } = await world.makeLink();
    const callback = await person.consent(url, world.email);
    await world.api.pool.query("update connect_attempts set expires_at = now() where link_id = $1", [id]);
    expect(await sentBack(person, callback)).toBe(failedWith("attempt_expired"));
    expect(await accountCount()).toBe(0);
  });
});

describe("a code", () => {
  test("of somebody else's flow is refused by the provider, because the verifier is not its own", async () => {
    const theirs = await attacker.consent((await world.makeLink()).url, world.otherEmail);
    const mine = await person.consent((await world.makeLink()).url, world.email);
    const swapped = withParams(mine, { code: param(theirs, "code") });
    expect(await sentBack(person, swapped)).toBe(failedWith("code_refused"));
    expect(await accountCount()).toBe(0);
  });

  test("that was stolen on its way is of no use in the thief's flow", async () => {
    const theirs = await attacker.consent((await world.makeLink()).url, world.otherEmail);
    const stolen = param(await person.consent((await world.makeLink()).url, world.email), "code");
    expect(await sentBack(attacker, withParams(theirs, { code: stolen }))).toBe(failedWith("code_refused"));
    expect(await accountCount()).toBe(0);
  });

  test("that was asked for without a challenge, or with the thief's, is refused", async () => {
    for (const changes of [
      { code_challenge: "A".repeat(43) },
      { code_challenge: "A".repeat(43), code_challenge_method: "plain" },
    ]) {
      const { location } = await person.get((await world.makeLink()).url);
      const callback = await person.allow(withParams(location as URL, changes), world.email);
      expect(await sentBack(person, callback)).toBe(failedWith("code_refused"));
    }
    expect(await accountCount()).toBe(0);
  });

  test("that is made up or missing is refused", async () => {
    const answers: [changes: Record<string, string | null>, error: string][] = [
      [{ code: "4/0made-up" }, "code_refused"],
      [{ code: null }, "consent_failed"],
    ];
    for (const [changes, error] of answers) {
      const callback = await person.consent((await world.makeLink()).url, world.email);
      expect(await sentBack(person, withParams(callback, changes))).toBe(failedWith(error));
    }
    expect(await accountCount()).toBe(0);
  });
});

describe("a consent", () => {
  test("that is denied goes back with that word, and the link may be opened again", async () => {
    const { id, url } = await world.makeLink();
    const { location } = await person.get(url);
    const denied = await person.submit(location as URL, { email: world.email, decision: "deny" });
    expect(await sentBack(person, denied.location as URL)).toBe(failedWith("access_denied"));
    expect(await world.getLink(id)).toMatchObject({ status: "open", failure: { code: "access_denied" } });
    const back = await person.get(await person.consent(url, world.email));
    expect(param(back.location, "status")).toBe("connected");
    expect(await world.getLink(id)).toMatchObject({ status: "connected", failure: null });
  });

  test("whose error is none that we know is told in our word, and not in the sender's", async () => {
    const { location } = await person.get((await world.makeLink()).url);
    const denied = await person.submit(location as URL, { decision: "deny" });
    const told = withParams(denied.location as URL, { error: "call+0900-EVIL", error_description: "EVIL" });
    expect(await sentBack(person, told)).toBe(failedWith("consent_failed"));
  });

  test("to less than is needed connects nothing: reading unticked, or the request changed on its way", async () => {
    const { url } = await world.makeLink();
    const unticked = await person.consent(url, world.email, { chosen: "scopes" });
    expect(await sentBack(person, unticked)).toBe(failedWith("access_missing"));
    const { location } = await person.get(url);
    const changed = withParams(location as URL, { scope: "https://www.googleapis.com/auth/gmail.labels" });
    expect(await sentBack(person, await person.allow(changed, world.email))).toBe(
      failedWith("access_missing"),
    );
    const more = await world.makeLink({ access: "modify" });
    const reading = withParams((await person.get(more.url)).location as URL, {
      scope: "https://www.googleapis.com/auth/gmail.readonly",
    });
    expect(await sentBack(person, await person.allow(reading, world.email))).toBe(
      failedWith("access_missing"),
    );
    expect(await accountCount()).toBe(0);
  });

  test("without lasting access connects nothing, and says how to mend it", async () => {
    const { id, url } = await world.makeLink();
    const { location } = await person.get(url);
    const online = withParams(location as URL, { access_type: "online" });
    expect(await sentBack(person, await person.allow(online, world.email))).toBe(
      failedWith("refresh_token_missing"),
    );
    expect(await accountCount()).toBe(0);
    expect((await world.getLink(id)).failure?.message).toContain("myaccount.google.com/connections");
  });

  test("while the provider is away, or refuses our client, says which, and the link may be opened again", async () => {
    const { url } = await world.makeLink();
    const faults = [
      [{ kind: "status", status: 503 }, "provider_unavailable"],
      [
        { kind: "status", status: 401, reason: "invalid_client", message: "The OAuth client was not found." },
        "client_refused",
      ],
      [{ kind: "malformedJson" }, "provider_unavailable"],
      [{ kind: "empty200" }, "provider_unavailable"],
      [{ kind: "reset" }, "provider_unavailable"],
    ] as const;
    for (const [effect, error] of faults) {
      const callback = await person.consent(url, world.email);
      await world.simulator.control.addFault({ match: { endpoint: "token" }, effect, when: { times: 1 } });
      expect(await sentBack(person, callback)).toBe(failedWith(error));
    }
    const callback = await person.consent(url, world.email);
    const profile = { endpoint: "profile", email: world.email } as const;
    await world.simulator.control.addFault({
      match: profile,
      effect: { kind: "status", status: 500 },
      when: { times: 1 },
    });
    expect(await sentBack(person, callback)).toBe(failedWith("provider_unavailable"));
    expect(await accountCount()).toBe(0);
    await person.get(await person.consent(url, world.email));
    expect(await accountCount()).toBe(1);
  });
});

describe("a link", () => {
  test("that has connected a mailbox connects no other one, whoever still has it open", async () => {
    const { url } = await world.makeLink();
    const late = await attacker.consent(url, world.otherEmail);
    await person.get(await person.consent(url, world.email));
    expect(await sentBack(attacker, late)).toBe(failedWith("link_used"));
    expect(await codeOf(attacker.get(url))).toEqual([410, "connect_link_refused"]);
    expect(await accountCount()).toBe(1);
  });

  test("that its maker has passed on gives the receipt to the browser that consented, and to no page that the maker sees", async () => {
    const { id, url } = await world.makeLink();
    // The maker learns where the link leads to by denying.
    const { location } = await attacker.get(url);
    const denied = await attacker.submit(location as URL, { decision: "deny" });
    expect(await sentBack(attacker, denied.location as URL)).toBe(failedWith("access_denied"));
    const back = await person.get(await person.consent(url, world.email));
    const { receipt } = await world.getLink(id);
    expect(param(back.location, "receipt")).toBe(receipt);
    for (const { text, headers } of [await attacker.get(url), await attacker.get(denied.location as URL)])
      expect(text + JSON.stringify([...headers])).not.toContain(receipt);
  });

  test("that was made up, altered, has expired, or is another tenant's id is refused", async () => {
    const { id, url } = await world.makeLink();
    const link = param(new URL(url), "link");
    const start = `${world.api.url}/v1/oauth/google/start`;
    for (const wrong of ["x", id, link.slice(0, -3), link.replace("v2.k1.", "v2.k2.")])
      expect(await codeOf(person.get(`${start}?link=${wrong}`))).toEqual([410, "connect_link_refused"]);
    expect(await codeOf(person.get(start))).toEqual([400, "invalid_request"]);
    await world.api.pool.query("update connect_links set expires_at = now() where id = $1", [id]);
    expect(await codeOf(person.get(url))).toEqual([410, "connect_link_refused"]);
    expect(await world.getLink(id)).toMatchObject({ status: "expired" });
  });

  test("is opened twenty times and no more", async () => {
    const { id, url } = await world.makeLink();
    for (let n = 0; n < 20; n++) expect((await person.get(url)).status).toBe(303);
    expect(await codeOf(person.get(url))).toEqual([410, "connect_link_refused"]);
    const { rowCount } = await world.api.pool.query("select from connect_attempts where link_id = $1", [id]);
    expect(rowCount).toBe(20);
  });

  test("sends nobody to an address that its tenant does not allow, or does not allow any more", async () => {
    for (const wrong of [
      "https://evil.example/connect",
      "https://app.example.com.evil.example/connect",
      "https://app.example.com@evil.example/connect",
      "https://app.example.com/connected",
      "https://app.example.com/connect/../admin",
      "//evil.example/connect",
      "javascript:alert(1)",
    ]) {
      const refused = await world.askForLink({ returnUrl: wrong });
      expect([wrong, refused.statusCode, refused.json().code]).toEqual([wrong, 400, "return_url_refused"]);
    }
    const { url } = await world.makeLink();
    const callback = await person.consent(url, world.email);
    const forget = "update tenants set return_urls = '{}' where id = $1";
    await world.api.pool.query(forget, [world.tenant.tenantId]);
    expect(await codeOf(person.get(url))).toEqual([400, "return_url_refused"]);
    const refused = await person.get(callback);
    expect([refused.status, refused.location]).toEqual([400, null]);
    expect(await accountCount()).toBe(0);
  });

  test("of one tenant does nothing with another tenant's return addresses", async () => {
    const other = await world.api.addTenant();
    const payload = { returnUrl };
    const request = { method: "POST", url: "/v1/connect-links", headers: other.headers, payload } as const;
    expect((await world.api.app.inject(request)).json().code).toBe("return_url_refused");
  });
});

test("neither route answers to HEAD, which would spend what belongs to a person", async () => {
  const callback = await person.consent((await world.makeLink()).url, world.email);
  const headers = { cookie: person.cookiesFor(callback) };
  expect((await fetch(callback, { method: "HEAD", headers, redirect: "manual" })).status).toBe(405);
  expect((await person.get(callback)).status).toBe(303);
});

test("codes, states, verifiers, cookies, tokens and links stand in no log, in no address but their own, and not readable in the database", async () => {
  const { id, url } = await world.makeLink();
  const started = await person.get(url);
  const callback = await person.allow(started.location as URL, world.email);
  const cookie = person.cookiesFor(callback);
  const [sealed] = (
    await world.api.pool.query<{ verifier: string; tenantId: string; attemptId: string }>(
      `select sealed_verifier as verifier, tenant_id as "tenantId", id as "attemptId" from connect_attempts where link_id = $1`,
      [id],
    )
  ).rows;
  const verifier = world.api.keyring.open(
    sealed?.verifier ?? "",
    `${sealed?.tenantId}/${sealed?.attemptId}/verifier`,
  );
  expect(verifier).toMatch(/^[\w-]{43}$/);
  const answers = [await person.get(callback), await person.get(callback), await person.get(url)];
  // All the ways to fail with secrets in hand.
  const failing = await person.consent((await world.makeLink()).url, world.otherEmail);
  const echo = `code=${param(failing, "code")} MARKED-client-secret`;
  await world.simulator.control.addFault({
    match: { endpoint: "token" },
    effect: { kind: "status", status: 400, reason: "invalid_request", message: echo },
    when: { times: 1 },
  });
  answers.push(await person.get(failing));
  expect(answers.at(-1)?.location?.href).toBe(failedWith("client_refused"));

  const secrets = [
    param(callback, "code"),
    param(callback, "state"),
    param(failing, "code"),
    param(failing, "state"),
    param(new URL(url), "link"),
    cookie.split("=")[1] ?? "",
    verifier,
    "MARKED-client-secret",
    `sim-refresh-${world.email}`,
    "ya29.",
  ];
  const told = [
    ...world.api.logLines,
    ...answers.map(({ text, headers }) => text + JSON.stringify([...headers])),
    JSON.stringify(await world.getLink(id)),
  ].join("\n");
  expect(told).toContain("connect.connected"); // what is logged was really looked at
  expect(told).toContain("connect.failed");
  const rows = await world.api.pool.query(
    `select to_jsonb(l) as link, to_jsonb(a) as attempt from connect_links l join connect_attempts a on a.link_id = l.id
     where l.tenant_id = $1`,
    [world.tenant.tenantId],
  );
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(4);
    expect(told).not.toContain(secret);
    expect(JSON.stringify(rows.rows)).not.toContain(secret);
  }
});
