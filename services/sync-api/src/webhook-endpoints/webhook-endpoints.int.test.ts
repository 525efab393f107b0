import { hookStream } from "@millrace/shared/nats/topology";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { insertRow } from "../testing/fill-views.ts";
import { startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";
import { openWebhookSecret } from "../webhook-delivery/webhook-secret.ts";

let api: TestApi;
let tenant: TestTenant;

beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api?.stop());
beforeEach(async () => {
  tenant = await api.addTenant();
});

const url = "https://hooks.example.com/T0/in?token=abc";
const events = ["sync.completed", "mail.changed"];
type Method = "GET" | "POST" | "PATCH" | "DELETE";

function ask(method: Method, path: string, payload?: object, headers = tenant.headers) {
  const request = { method, url: `/v1/webhook-endpoints${path}`, headers };
  return api.app.inject(payload === undefined ? request : { ...request, payload });
}
async function create(more: object = {}): Promise<{ id: string; secret: string }> {
  const answer = await ask("POST", "", { url, events, ...more });
  expect([answer.statusCode, answer.body]).toEqual([201, expect.stringContaining("whsec_")]);
  return answer.json();
}
const rowOf = async (id: string): Promise<Record<string, string>> =>
  (await api.pool.query("select * from webhook_endpoints where id = $1", [id])).rows[0];
const addDelivery = (endpointId: string, id: string, columns: object = {}) =>
  insertRow(api.pool, "webhook_deliveries", {
    id,
    tenant_id: tenant.tenantId,
    endpoint_id: endpointId,
    type: "sync.completed",
    body: "{}",
    state: "delivered",
    ...columns,
  });
const statesOf = async (endpointId: string): Promise<Record<string, string>> => {
  const sql = "select id, state from webhook_deliveries where endpoint_id = $1";
  const { rows } = await api.pool.query<{ id: string; state: string }>(sql, [endpointId]);
  return Object.fromEntries(rows.map(({ id, state }) => [id, state]));
};
const turns = async (): Promise<number> => (await api.nats.jsm.streams.info(hookStream.name)).state.last_seq;

describe("an endpoint", () => {
  it("is made, shown, listed, changed and deleted", async () => {
    const { id, secret: _, ...made } = await create({ description: "ours" });
    expect(made).toMatchObject({
      url,
      events,
      description: "ours",
      enabled: true,
      disabled: null,
      failures: 0,
    });
    const shown = await ask("GET", `/${id}`);
    expect(shown.json()).toEqual({ id, ...made });
    expect((await ask("GET", "")).json()).toEqual({ items: [{ id, ...made }], nextCursor: null });
    const change = { events: ["sync.failed"], url: "https://other.example/", description: null };
    const changed = await ask("PATCH", `/${id}`, change);
    expect([changed.statusCode, changed.json()]).toEqual([200, expect.objectContaining(change)]);
    expect((await ask("DELETE", `/${id}`)).statusCode).toBe(204);
    expect((await ask("GET", `/${id}`)).statusCode).toBe(404);
    expect((await ask("DELETE", `/${id}`)).statusCode).toBe(404);
  });

  it("shows its secret once; it is kept sealed, bound to it, and stands in no log", async () => {
    const { id, secret } = await create();
    const { sealed_secret = "" } = await rowOf(id);
    expect(JSON.stringify(await rowOf(id))).not.toContain(secret.slice(6));
    const ref = { tenantId: tenant.tenantId, endpointId: id };
    expect(openWebhookSecret(api.keyring, ref, sealed_secret)).toBe(secret);
    for (const foreign of [
      { ...ref, endpointId: "whe_other" },
      { ...ref, tenantId: "other" },
    ])
      expect(() => openWebhookSecret(api.keyring, foreign, sealed_secret)).toThrow("do not open");
    const rotated = await ask("POST", `/${id}/secret`);
    const answers = [
      await ask("GET", `/${id}`),
      await ask("GET", ""),
      await ask("PATCH", `/${id}`, { events }),
    ];
    const told = [...answers.map(({ body }) => body), ...api.logLines].join("\n");
    for (const one of [secret, rotated.json().secret, sealed_secret, "token=abc"]) {
      const where = one === "token=abc" ? api.logLines.join("\n") : told;
      expect(where).not.toContain(one);
    }
  });

  it("keeps the secret before for a day when it is rotated", async () => {
    const { id, secret } = await create();
    const answer = await ask("POST", `/${id}/secret`);
    expect(answer.statusCode).toBe(200);
    const { secret: next, previousSecretUntil } = answer.json();
    expect(next).not.toBe(secret);
    const hours = (Date.parse(previousSecretUntil) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(23.9);
    expect(hours).toBeLessThan(24.1);
    const { sealed_secret = "", sealed_previous_secret = "" } = await rowOf(id);
    const ref = { tenantId: tenant.tenantId, endpointId: id };
    expect(openWebhookSecret(api.keyring, ref, sealed_secret)).toBe(next);
    expect(openWebhookSecret(api.keyring, ref, sealed_previous_secret)).toBe(secret);
    expect((await ask("GET", `/${id}`)).json()).toMatchObject({ previousSecretUntil });
  });

  it.each([
    ["http://example.com/", "#/url"],
    ["https://127.0.0.1/s3cret", "#/url"],
    ["https://[::ffff:10.0.0.1]/", "#/url"],
    ["https://169.254.169.254/latest/meta-data/", "#/url"],
    ["https://user:s3cret@example.com/", "#/url"],
    ["https://example.com:22/", "#/url"],
    [`https://example.com/${"x".repeat(2_050)}`, "#/url"],
    ["not a url", "#/url"],
  ])(
    "at %s is refused, when it is made and when it is changed, without repeating the URL",
    async (bad, pointer) => {
      const { id } = await create();
      for (const answer of [
        await ask("POST", "", { url: bad, events }),
        await ask("PATCH", `/${id}`, { url: bad }),
      ]) {
        expect(answer.statusCode).toBe(400);
        expect(answer.json()).toMatchObject({ code: "invalid_request", errors: [{ in: "body", pointer }] });
        expect(answer.body).not.toContain("s3cret");
      }
      expect((await rowOf(id)).url).toBe(url);
    },
  );

  it.each([
    [{ url, events: [] }],
    [{ url, events: ["sync.completed", "sync.completed"] }],
    [{ url, events: ["webhook.test"] }],
    [{ url, events, secret: "whsec_mine" }],
    [{ url }],
    [{ events }],
  ])("that is asked for with %j is refused", async (body) => {
    expect((await ask("POST", "", body)).statusCode).toBe(400);
  });

  it("is one of 20 of its tenant at most, also when they are made at the same time", async () => {
    const answers = await Promise.all(Array.from({ length: 25 }, () => ask("POST", "", { url, events })));
    const codes = answers.map(({ statusCode }) => statusCode).toSorted();
    expect(codes).toEqual([...Array(20).fill(201), ...Array(5).fill(409)]);
    expect(answers.find(({ statusCode }) => statusCode === 409)?.json().code).toBe("too_many_endpoints");
    const pages: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? "" : `&cursor=${cursor}`;
      const page = (await ask("GET", `?limit=8${query}`)).json();
      pages.push(...page.items.map(({ id }: { id: string }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(new Set(pages).size).toBe(20);
    expect(pages).toHaveLength(20);
  });

  it("of another tenant is not there, whatever one does to it", async () => {
    const { id } = await create();
    await addDelivery(id, "whm_foreign");
    const { headers } = await api.addTenant();
    const attempts: [Method, string, object?][] = [
      ["GET", `/${id}`],
      ["PATCH", `/${id}`, { enabled: false }],
      ["DELETE", `/${id}`],
      ["POST", `/${id}/secret`],
      ["POST", `/${id}/test`],
      ["GET", `/${id}/deliveries`],
      ["POST", `/${id}/replay`, { messageId: "whm_foreign" }],
      ["POST", `/${id}/replay`, { since: "2020-01-01T00:00:00Z" }],
    ];
    const before = [await rowOf(id), await statesOf(id), await turns()];
    for (const [method, path, body] of attempts) {
      const answer = await ask(method, path, body, headers);
      expect([method, path, answer.statusCode]).toEqual([method, path, 404]);
    }
    expect((await ask("GET", "", undefined, headers)).json().items).toEqual([]);
    expect([await rowOf(id), await statesOf(id), await turns()]).toEqual(before);
  });
});

describe("disabling", () => {
  it("skips what was to be sent, and enabling forgets what had failed", async () => {
    const { id } = await create();
    await addDelivery(id, "whm_waits", { state: "pending", due_at: new Date() });
    const off = await ask("PATCH", `/${id}`, { enabled: false });
    expect(off.json()).toMatchObject({ enabled: false, disabled: { reason: "requested" } });
    expect(await statesOf(id)).toEqual({ whm_waits: "skipped" });
    for (const path of [`/${id}/test`, `/${id}/replay`]) {
      const payload = path.endsWith("replay") ? { messageId: "whm_waits" } : undefined;
      expect((await ask("POST", path, payload)).json()).toMatchObject({ code: "endpoint_disabled" });
    }
    await api.pool.query(
      `update webhook_endpoints set disabled_reason = 'failing', failures = 99, failing_since = now(),
         failed_at = now(), open_until = now() + interval '1 hour' where id = $1`,
      [id],
    );
    expect((await ask("GET", `/${id}`)).json()).toMatchObject({
      disabled: { reason: "failing" },
      failures: 99,
    });
    const before = await turns();
    const on = await ask("PATCH", `/${id}`, { enabled: true });
    expect(on.json()).toMatchObject({
      enabled: true,
      disabled: null,
      failures: 0,
      failingSince: null,
      leftAloneUntil: null,
    });
    expect(await turns()).toBe(before + 1);
  });

  it("a second time leaves the reason and the time as they were", async () => {
    const { id } = await create();
    const first = (await ask("PATCH", `/${id}`, { enabled: false })).json().disabled;
    expect((await ask("PATCH", `/${id}`, { enabled: false })).json().disabled).toEqual(first);
    expect((await ask("PATCH", `/${id}`, { description: "x" })).json()).toMatchObject({
      enabled: false,
      disabled: first,
    });
  });

  it("is not undone by a change of something else, and another address has the endpoint tried at once", async () => {
    const { id } = await create();
    await api.pool.query(
      "update webhook_endpoints set failures = 9, open_until = now() + interval '1 hour' where id = $1",
      [id],
    );
    expect((await ask("PATCH", `/${id}`, { url })).json()).toMatchObject({ failures: 9 });
    expect((await ask("PATCH", `/${id}`, { url: "https://new.example/" })).json()).toMatchObject({
      failures: 0,
      leftAloneUntil: null,
    });
  });

  it("must say something", async () => {
    const { id } = await create();
    expect((await ask("PATCH", `/${id}`, {})).statusCode).toBe(400);
  });
});

describe("deliveries", () => {
  it("are listed newest first, in pages, by state, and what they were told stays with the endpoint", async () => {
    const { id } = await create();
    const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1, 0, minutes));
    for (let i = 0; i < 5; i++) await addDelivery(id, `whm_${i}`, { created_at: at(i) });
    const failed = { state: "exhausted", attempts: 3, last_status: 500, last_error: "status 500" };
    await addDelivery(id, "whm_failed", { created_at: at(9), ...failed });
    const other = await create();
    await addDelivery(other.id, "whm_other");
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? "" : `&cursor=${cursor}`;
      const page = (await ask("GET", `/${id}/deliveries?limit=2${query}`)).json();
      seen.push(...page.items.map(({ messageId }: { messageId: string }) => messageId));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(["whm_failed", "whm_4", "whm_3", "whm_2", "whm_1", "whm_0"]);
    const { items } = (await ask("GET", `/${id}/deliveries?state=exhausted`)).json();
    expect(items).toEqual([
      {
        messageId: "whm_failed",
        type: "sync.completed",
        state: "exhausted",
        attempts: 3,
        lastAttemptAt: null,
        lastStatus: 500,
        lastError: "status 500",
        nextAttemptAt: null,
        deliveredAt: null,
        createdAt: at(9).toISOString(),
      },
    ]);
    for (const query of ["?state=lost", "?cursor=x", "?limit=0"])
      expect((await ask("GET", `/${id}/deliveries${query}`)).statusCode).toBe(400);
  });

  it("of a test are one message, which has its turn", async () => {
    const { id } = await create();
    const before = await turns();
    const answer = await ask("POST", `/${id}/test`);
    expect(answer.statusCode).toBe(202);
    const { items } = (await ask("GET", `/${id}/deliveries`)).json();
    expect(items).toMatchObject([
      { messageId: answer.json().messageId, type: "webhook.test", state: "pending", attempts: 0 },
    ]);
    expect(await turns()).toBe(before + 1);
  });

  it("are sent again: one, or all since a time, whatever had become of them", async () => {
    const { id } = await create();
    const at = (day: number) => new Date(Date.UTC(2026, 0, day));
    await addDelivery(id, "whm_old", { created_at: at(1) });
    await addDelivery(id, "whm_again1", { created_at: at(3), state: "exhausted", attempts: 7 });
    await addDelivery(id, "whm_again2", { created_at: at(4), state: "skipped" });
    await addDelivery(id, "whm_again3", { created_at: at(5) });
    const one = await ask("POST", `/${id}/replay`, { messageId: "whm_again1" });
    expect([one.statusCode, one.json()]).toEqual([202, { replayed: 1, nextSince: null }]);
    expect(await statesOf(id)).toMatchObject({ whm_again1: "pending", whm_again2: "skipped" });
    const all = await ask("POST", `/${id}/replay`, { since: "2026-01-02T01:00:00+01:00" });
    expect(all.json()).toEqual({ replayed: 3, nextSince: null });
    expect(await statesOf(id)).toEqual({
      whm_old: "delivered",
      whm_again1: "pending",
      whm_again2: "pending",
      whm_again3: "pending",
    });
    const { rows } = await api.pool.query("select attempts from webhook_deliveries where id = 'whm_again1'");
    expect(rows).toEqual([{ attempts: 0 }]);
    expect((await ask("POST", `/${id}/replay`, { messageId: "whm_none" })).statusCode).toBe(404);
    for (const body of [
      {},
      { since: "yesterday" },
      { since: "2026-01-01T00:00:00Z", messageId: "whm_again1" },
    ])
      expect((await ask("POST", `/${id}/replay`, body)).statusCode).toBe(400);
    expect((await ask("POST", `/${id}/replay`, { since: "0000-01-01T00:00:00Z" })).statusCode).toBe(202);
  });

  it("of many are sent again a part a call, and the answer says where to go on", async () => {
    const { id } = await create();
    await api.pool.query(
      `insert into webhook_deliveries (id, tenant_id, endpoint_id, type, body, state, created_at)
       select 'whm_many' || n, $1, $2, 'sync.completed', '{}', 'delivered', timestamptz '2026-01-01' + n * interval '1 s'
       from generate_series(1, 10500) as n`,
      [tenant.tenantId, id],
    );
    const first = (await ask("POST", `/${id}/replay`, { since: "2026-01-01T00:00:00Z" })).json();
    expect(first.replayed).toBe(10_000);
    const second = (await ask("POST", `/${id}/replay`, { since: first.nextSince })).json();
    expect(second).toEqual({ replayed: 500, nextSince: null });
    expect(new Set(Object.values(await statesOf(id)))).toEqual(new Set(["pending"]));
  });
});
