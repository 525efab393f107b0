import type { AccountRef } from "@millrace/shared/events/subjects";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startProjector } from "../projector/start-projector.ts";
import { addMessage, insertRow } from "../testing/fill-views.ts";
import { startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";
import { factsOf, startInLog } from "../testing/tell-log.ts";

let api: TestApi;
let tenant: TestTenant;
let ref: AccountRef;

beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api?.stop());
beforeEach(async () => {
  tenant = await api.addTenant();
  ref = { tenantId: tenant.tenantId, accountId: (await connect()).json().id };
});

const ask = (method: "GET" | "POST" | "PATCH" | "DELETE", url: string, payload?: object, of = tenant) =>
  api.app.inject({ method, url, headers: of.headers, ...(payload === undefined ? {} : { payload }) });
const connect = (email = "ann@example.com") =>
  ask("POST", "/v1/accounts", { provider: "gmail", email, credentials: { refreshToken: "r" } });
const account = (below = "") => `/v1/accounts/${ref.accountId}${below}`;
const remove = (of = tenant) => ask("DELETE", account(), undefined, of);
const requested = async () =>
  (await factsOf(api, ref, "sync")).filter(({ type }) => type === "account.removal_requested");

describe("DELETE /v1/accounts/:id", () => {
  test("is accepted when the log has it: all syncs of the account end by it, and the account is shown as removing", async () => {
    const running = await startInLog(api, ref);
    const answer = await remove();
    expect(answer.statusCode).toBe(202);
    expect(answer.headers.location).toBe(account());
    expect(answer.json()).toMatchObject({
      accountId: ref.accountId,
      status: "removing",
      links: { self: account() },
    });
    expect(await requested()).toMatchObject([
      {
        cancelled: [running],
        course: { active: null, waiting: [], removal: { requestedAt: answer.json().requestedAt } },
      },
    ]);
    expect((await ask("GET", account())).json()).toMatchObject({ status: "removing", reauth: null });
    expect((await ask("GET", "/v1/accounts")).json().items).toMatchObject([{ status: "removing" }]);
  });

  test("twice, and at the same time, is once", async () => {
    const answers = await Promise.all([remove(), remove(), remove()]);
    const again = await remove();
    expect([...answers, again].map(({ statusCode }) => statusCode)).toEqual([202, 202, 202, 202]);
    expect(new Set([...answers, again].map((one) => one.json().requestedAt)).size).toBe(1);
    expect(await requested()).toHaveLength(1);
  });

  test("of another tenant's account, and of none, finds nothing and changes nothing", async () => {
    const stranger = await api.addTenant();
    expect((await remove(stranger)).statusCode).toBe(404);
    expect((await ask("DELETE", "/v1/accounts/acc_none")).statusCode).toBe(404);
    expect(await requested()).toEqual([]);
    expect((await ask("GET", account())).json().status).toBe("connected");
  });

  test("whose answer was lost, with the mark, is made good by the next", async () => {
    await remove();
    await api.pool.query("update accounts set removing_at = null where id = $1", [ref.accountId]);
    expect((await remove()).statusCode).toBe(202);
    expect(await requested()).toHaveLength(1);
    expect((await ask("GET", account("/messages"))).statusCode).toBe(404);
  });
});

describe("of an account that is being removed", () => {
  test("nothing of the mail can be read", async () => {
    const messageId = await addMessage(api.pool, ref);
    const providerId = messageId.slice(4);
    const owner = { account_id: ref.accountId, tenant_id: ref.tenantId, provider_id: providerId };
    await insertRow(api.pool, "message_contents", { ...owner, raw: Buffer.from("raw") });
    await insertRow(api.pool, "attachments", {
      ...owner,
      part_id: "1",
      position: 0,
      mime_type: "text/plain",
      size_bytes: 1,
    });
    await insertRow(api.pool, "dead_letter_contents", { ...owner, raw: Buffer.from("raw") });
    const letterId = `dl_${ref.accountId.slice(4)}`;
    await insertRow(api.pool, "dead_letters", {
      ...owner,
      id: letterId,
      sync_id: "s",
      chunk_index: 0,
      ordinal: 0,
      scope: "message",
      category: "bad_item",
      error: "no",
      attempts: 1,
      state: "open",
      created_at: new Date(),
      updated_at: new Date(),
      epoch: 1,
      seq: 1,
    });
    const paths = [
      account("/messages"),
      account("/labels"),
      account("/export"),
      account("/export?format=mbox"),
      `/v1/messages/${messageId}`,
      `/v1/messages/${messageId}/raw`,
      `/v1/messages/${messageId}/html`,
      `/v1/messages/${messageId}/attachments`,
      `/v1/dead-letters/${letterId}`,
      `/v1/dead-letters/${letterId}/raw`,
    ];
    const statuses = async () => Promise.all(paths.map(async (path) => (await ask("GET", path)).statusCode));
    expect(await statuses()).toEqual(paths.map(() => 200));
    const content = `/v1/messages/${messageId}/attachments/1`;
    expect((await ask("GET", content)).statusCode).not.toBe(404);
    expect((await ask("GET", "/v1/dead-letters")).json().items).toHaveLength(1);
    await remove();
    expect(await statuses()).toEqual(paths.map(() => 404));
    expect((await ask("GET", content)).statusCode).toBe(404);
    expect((await ask("GET", "/v1/dead-letters")).json().items).toEqual([]);
    expect((await ask("POST", "/v1/dead-letters/redrive", { all: true })).json().redriven).toBe(0);
  });

  test("nothing can be asked for or changed, and its mailbox not be connected, until it is gone", async () => {
    const running = await startInLog(api, ref);
    await insertRow(api.pool, "syncs", {
      id: running,
      tenant_id: ref.tenantId,
      account_id: ref.accountId,
      status: "running",
      created_at: new Date(),
      epoch: 1,
      seq: 1,
    });
    await remove();
    const refusals = await Promise.all([
      ask("POST", "/v1/syncs", { accountId: ref.accountId }),
      ask("PATCH", account(), { attachments: "eager" }),
      ask("POST", account("/credentials"), { credentials: { refreshToken: "new" } }),
      ask("POST", account("/verify"), {}),
      ask("POST", `/v1/syncs/${running}/resume`),
      ask("POST", `/v1/syncs/${running}/pause`),
      connect(),
      connect("ANN@example.com"),
    ]);
    expect(refusals.map((one) => [one.statusCode, one.json().code])).toEqual(
      refusals.map(() => [409, "account_removing"]),
    );
    expect(await requested()).toHaveLength(1);
    await api.pool.query("delete from accounts where id = $1", [ref.accountId]);
    const anew = await connect();
    expect(anew.statusCode).toBe(201);
    expect(anew.json().id).not.toBe(ref.accountId);
  });

  test("syncs are shown as cancelled once it is projected, and their watchers are told", async () => {
    const projector = startProjector({ nats: api.nats, pool: api.pool, log: api.app.log as never });
    try {
      const running = await startInLog(api, ref);
      const waiting = (await ask("POST", "/v1/syncs", { accountId: ref.accountId, mode: "full" })).json()
        .syncId;
      await ask("POST", `/v1/syncs/${waiting}/pause`);
      await remove();
      const statusOf = async (id: string) => (await ask("GET", `/v1/syncs/${id}`)).json().status;
      for (const id of [running, waiting])
        await expect.poll(() => statusOf(id), { timeout: 10_000 }).toBe("cancelled");
    } finally {
      await projector.stop();
    }
  });
});
