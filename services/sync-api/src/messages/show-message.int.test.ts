import { afterAll, beforeAll, expect, test } from "vitest";
import { addAccount, addMessage } from "../testing/fill-views.ts";
import { startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";

let api: TestApi;
let tenant: TestTenant;
let accountId: string;

beforeAll(async () => {
  api = await startTestApi();
  tenant = await api.addTenant();
  accountId = await addAccount(api.pool, tenant.tenantId);
});
afterAll(() => api?.stop());

const add = (columns: object) =>
  addMessage(api.pool, { tenantId: tenant.tenantId, accountId }, { text_body: null, ...columns });
const show = async (id: string, query = "") => {
  const url = `/v1/messages/${id}/html${query}`;
  const { statusCode, headers, body } = await api.app.inject({ url, headers: tenant.headers });
  return { status: statusCode, headers, body };
};

test("a message is shown cleaned, on a page that may do nothing", async () => {
  const id = await add({
    html_body: '<b>Hello</b><script>alert(1)</script><img src="https://evil.example/x">',
  });
  const { status, headers, body } = await show(id);
  expect([status, headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
  expect(body).toContain("<b>Hello</b>");
  expect(body).not.toMatch(/script|evil/);
  const policy = String(headers["content-security-policy"]);
  expect(policy).toMatch(/default-src 'none'/);
  expect(policy).toMatch(/sandbox(?!.*allow-(scripts|same-origin|forms))/);
  expect(policy).not.toMatch(/https:/);
  expect(headers).toMatchObject({
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
  });
});

test("pictures from elsewhere are shown when that is asked for", async () => {
  const id = await add({ html_body: '<img src="https://example.com/x.png">' });
  const { headers, body } = await show(id, "?images=remote");
  expect(body).toContain("https://example.com/x.png");
  expect(headers["content-security-policy"]).toContain("img-src data: https:");
});

test("one without HTML is shown by its text, as text", async () => {
  const id = await add({ html_body: null, text_body: "1 < 2 <script>alert(1)</script>" });
  expect((await show(id)).body).toContain("1 &lt; 2 &lt;script&gt;");
});

test("one that is too large is refused, and says where it is as it is", async () => {
  const id = await add({ html_body: "x".repeat(1024 ** 2 + 1) });
  const { status, body } = await show(id);
  expect([status, JSON.parse(body).code]).toEqual([413, "too_large_to_show"]);
});

test("one that is marked as deleted is shown only to who says that it may be", async () => {
  const id = await add({ html_body: "gone", deleted_at: new Date(), deleted_why: "deleted" });
  expect((await show(id)).status).toBe(404);
  expect((await show(id, "?includeDeleted=true")).status).toBe(200);
});
