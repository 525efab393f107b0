import { sealCredentials } from "@millrace/shared/postgres/load-account";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addAccount, addMessage, addSync, insertRow } from "../testing/fill-views.ts";
import { openStream } from "../testing/open-stream.ts";
import { operatorHeaders, startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";

/**
 * Every route that is described, with every id of another tenant: so a route that is new is tried as well, and fails here
 * until it is said what its ids are.
 */

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
}
interface Operation {
  /** Empty: open to anybody. */
  readonly security?: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: object;
}
type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The mailbox of one tenant may be another's as well. */
const email = "shared@example.com";
/** Both tenants allow it. */
const returnUrl = "https://app.example.com/";

let api: TestApi;
let owner: TestTenant;
let stranger: TestTenant;
let ids: Readonly<Record<string, string>>;
let operations: { method: Method; path: string; operation: Operation }[];

beforeAll(async () => {
  api = await startTestApi();
  [owner, stranger] = [await api.addTenant(), await api.addTenant()];
  await api.pool.query("update tenants set return_urls = $1", [[returnUrl]]);
  ids = await fill(owner.tenantId);
  const { paths } = (await api.app.inject({ url: "/openapi.json" })).json();
  operations = Object.entries(paths as Record<string, Record<string, Operation>>)
    .filter(([path]) => path.startsWith("/v1/"))
    .flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { security }]) => security === undefined) // the others take no key
        .map(([method, operation]) => ({ method: method.toUpperCase() as Method, path, operation })),
    );
});
afterAll(() => api?.stop());

/** One of everything. */
async function fill(tenantId: string): Promise<Record<string, string>> {
  const accountId = await addAccount(api.pool, tenantId, { email });
  const ref = { tenantId, accountId };
  const sealed = sealCredentials(api.keyring, ref, { refreshToken: "between us" });
  await api.pool.query("update accounts set sealed_credentials = $2 where id = $1", [accountId, sealed]);
  const syncId = await addSync(api.pool, ref, { seq: 5 });
  const messageId = await addMessage(api.pool, ref, { text_body: "between us" });
  const of = { tenant_id: tenantId, account_id: accountId };
  const providerId = messageId.slice(4);
  await insertRow(api.pool, "message_contents", {
    ...of,
    provider_id: providerId,
    raw: Buffer.from("Subject: x\r\n\r\nbetween us"),
  });
  await insertRow(api.pool, "attachments", {
    ...of,
    provider_id: providerId,
    part_id: "1",
    position: 0,
    mime_type: "text/plain",
    size_bytes: 3,
  });
  await insertRow(api.pool, "labels", {
    ...of,
    id: "Label_1",
    name: "between us",
    type: "user",
    seen_at: new Date(),
  });
  const letterId = `dl_${providerId}`;
  await insertRow(api.pool, "dead_letters", {
    ...of,
    id: letterId,
    sync_id: syncId,
    chunk_index: 0,
    ordinal: 0,
    provider_id: "letter",
    scope: "message",
    category: "bad_item",
    error: "between us",
    attempts: 1,
    state: "open",
    created_at: new Date(),
    updated_at: new Date(),
    epoch: 1,
    seq: 5,
  });
  await insertRow(api.pool, "dead_letter_contents", {
    ...of,
    provider_id: "letter",
    raw: Buffer.from("between us"),
  });
  const verificationId = `ver_${providerId}`;
  await insertRow(api.pool, "verifications", {
    ...of,
    id: verificationId,
    repair: false,
    position: { step: "listing" },
    status: "running",
  });
  const linkId = `lnk_${providerId}`;
  await insertRow(api.pool, "connect_links", {
    id: linkId,
    tenant_id: tenantId,
    return_url: returnUrl,
    options: { access: "read" },
    expires_at: new Date(Date.now() + 60_000),
  });
  const endpointId = `whe_${providerId}`;
  await insertRow(api.pool, "webhook_endpoints", {
    id: endpointId,
    tenant_id: tenantId,
    url: "https://hooks.example.com/between%20us",
    events: ["sync.completed"],
    description: "between us",
    sealed_secret: "between us",
  });
  const deliveryId = `whm_${providerId}`;
  await insertRow(api.pool, "webhook_deliveries", {
    id: deliveryId,
    tenant_id: tenantId,
    endpoint_id: endpointId,
    type: "sync.completed",
    body: "between us",
    state: "delivered",
  });
  const { rows } = await api.pool.query<{ id: string }>("select id from api_keys where tenant_id = $1", [
    tenantId,
  ]);
  const keyId = rows[0]?.id ?? "";
  return {
    tenantId,
    accountId,
    syncId,
    messageId,
    letterId,
    verificationId,
    linkId,
    endpointId,
    deliveryId,
    keyId,
  };
}

/** What the `id` of an address is, by where it stands. */
const kinds: readonly (readonly [RegExp, string])[] = [
  [/^\/v1\/accounts\/\{id\}/, "accountId"],
  [/^\/v1\/syncs\/\{id\}/, "syncId"],
  [/^\/v1\/messages\/\{id\}/, "messageId"],
  [/^\/v1\/dead-letters\/\{id\}/, "letterId"],
  [/^\/v1\/connect-links\/\{id\}/, "linkId"],
  [/^\/v1\/webhook-endpoints\/\{id\}/, "endpointId"],
];

function addressOf(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    if (name === "aid") return "1";
    const key = name === "id" ? kinds.find(([pattern]) => pattern.test(path))?.[1] : name;
    const id = key === undefined ? undefined : ids[key];
    if (id === undefined) throw new Error(`Say in this test what {${name}} of ${path} is`);
    return id;
  });
}

/** Bodies that would do something, were they about something of one's own. */
const bodies: Readonly<Record<string, () => object>> = {
  "POST /v1/accounts": () => ({
    provider: "gmail",
    email,
    credentials: { refreshToken: "stranger" },
  }),
  "PATCH /v1/accounts/{id}": () => ({ attachments: "eager" }),
  "POST /v1/accounts/{id}/credentials": () => ({ credentials: { refreshToken: "stranger" } }),
  "POST /v1/accounts/{id}/verify": () => ({}),
  "PUT /v1/accounts/{id}/hold": () => ({ reason: "mine" }),
  "POST /v1/retention/run": () => ({ dryRun: true }),
  "POST /v1/connect-links": () => ({ returnUrl, accountId: ids.accountId }),
  "POST /v1/syncs": () => ({ accountId: ids.accountId }),
  "POST /v1/dead-letters/redrive": () => ({ syncId: ids.syncId }),
  "POST /v1/webhook-endpoints": () => ({ url: "https://stranger.example/", events: ["sync.completed"] }),
  "PATCH /v1/webhook-endpoints/{id}": () => ({ url: "https://stranger.example/", enabled: false }),
  "POST /v1/webhook-endpoints/{id}/replay": () => ({ messageId: ids.deliveryId }),
  "POST /v1/browser-tokens": () => ({ syncId: ids.syncId }),
  "POST /v1/keys": () => ({ name: "mine" }),
  "POST /v1/keys/{keyId}/rotate": () => ({}),
  "PATCH /v1/tenant": () => ({ name: "mine" }),
  "POST /v1/tenants": () => ({ id: ids.tenantId, name: "mine" }),
  "PATCH /v1/tenants/{tenantId}": () => ({ name: "mine" }),
  "POST /v1/tenants/{tenantId}/keys": () => ({ name: "mine" }),
  "POST /v1/tenants/{tenantId}/keys/{keyId}/rotate": () => ({}),
};
/** They are about whoever asks; an id in them is a filter, which finds nothing. */
const ownAffairs = new Set([
  "POST /v1/accounts",
  "POST /v1/keys",
  "POST /v1/webhook-endpoints",
  "PATCH /v1/tenant",
  "POST /v1/retention/run",
  "POST /v1/dead-letters/redrive",
]);

const queryIds = ["accountId", "syncId"];

interface Attempt {
  readonly name: string;
  readonly method: Method;
  readonly url: string;
  readonly payload?: object;
  /** Names something of the other tenant. */
  readonly isAbout: boolean;
}

function attemptsOf({ method, path, operation }: (typeof operations)[number]): Attempt[] {
  const name = `${method} ${path}`;
  const body = bodies[name];
  if (operation.requestBody !== undefined && body === undefined)
    throw new Error(`Say in this test what body ${name} takes`);
  const url = addressOf(path);
  const base = { name, method, ...(body === undefined ? {} : { payload: body() }) };
  const isAbout = path.includes("{") || (body !== undefined && !ownAffairs.has(name));
  const queries = (operation.parameters ?? []).filter(
    (parameter) => parameter.in === "query" && queryIds.includes(parameter.name),
  );
  return [
    { ...base, url, isAbout },
    ...queries.map((parameter) => ({
      ...base,
      name: `${name}?${parameter.name}`,
      url: `${url}?${parameter.name}=${ids[parameter.name]}`,
      isAbout,
    })),
  ];
}

async function ask({ method, url, payload }: Attempt, headers: Record<string, string>) {
  if (method === "GET" && /stream(\?|$)/.test(url)) {
    const stream = await openStream(`${api.url}${url}`, headers);
    await new Promise((resolve) => setTimeout(resolve, 100));
    stream.leave();
    return { status: stream.status, text: JSON.stringify(stream.events) };
  }
  const answer = await api.app.inject({ method, url, headers, ...(payload && { payload }) });
  return { status: answer.statusCode, text: answer.body };
}

/** All that the database and the broker have of the tenant. */
async function stateOf(tenantId: string): Promise<unknown> {
  const { rows: tables } = await api.pool.query<{ name: string }>(
    `select table_name as name from information_schema.columns
     where table_schema = 'public' and column_name = 'tenant_id' and table_name <> 'audit_entries' order by 1`,
  );
  expect(tables.length).toBeGreaterThan(15);
  const state: Record<string, unknown> = {};
  for (const { name } of tables) {
    const { rows } = await api.pool.query(
      `select to_jsonb(t) - 'last_used_at' as row from ${name} t where tenant_id = $1 order by 1`,
      [tenantId],
    );
    state[name] = rows;
  }
  for (const stream of ["EVENTS", "REQUESTS", "WORK", "HOOKS"]) {
    const { state: held } = await api.nats.jsm.streams.info(stream, { subjects_filter: ">" });
    state[stream] = Object.keys(held.subjects ?? {}).filter((subject) => subject.includes(tenantId));
  }
  return state;
}

const isOperators = ({ url }: Attempt): boolean =>
  url.startsWith("/v1/tenants") || url.startsWith("/v1/forecasts");

describe("another tenant", () => {
  test("is told that there is no such thing, at every route that is described, and changes and learns nothing", async () => {
    const before = await stateOf(owner.tenantId);
    const attempts = operations.flatMap(attemptsOf);
    expect(attempts.length).toBeGreaterThan(45);
    for (const attempt of attempts) {
      const { status, text } = await ask(attempt, stranger.headers);
      if (isOperators(attempt)) expect([attempt.name, status]).toEqual([attempt.name, 403]);
      else if (attempt.isAbout) expect([attempt.name, status]).toEqual([attempt.name, 404]);
      else expect([200, 201, 202], attempt.name).toContain(status);
      expect(text, attempt.name).not.toContain("between us");
      if (attempt.name.endsWith("/audit")) continue; // the stranger's own requests, which name these ids
      for (const id of Object.values(ids)) expect(text, attempt.name).not.toContain(id);
    }
    expect(await stateOf(owner.tenantId)).toEqual(before);
  });

  test("is told the same of what is nobody's", async () => {
    for (const attempt of operations.flatMap(attemptsOf)) {
      if (!attempt.isAbout || isOperators(attempt) || attempt.payload !== undefined) continue;
      const theirs = await ask(attempt, stranger.headers);
      const absent = Object.values(ids).reduce(
        (url, id) => url.replaceAll(id, `${id.slice(0, -1)}${id.endsWith("0") ? "1" : "0"}`),
        attempt.url,
      );
      const nobodys = await ask({ ...attempt, url: absent }, stranger.headers);
      const words = (text: string) => JSON.parse(text === "[]" ? "{}" : text).detail;
      expect([nobodys.status, words(nobodys.text)], attempt.name).toEqual([
        theirs.status,
        words(theirs.text),
      ]);
    }
  });
});

test("the tenant itself finds all of it: these are the right ids", async () => {
  for (const attempt of operations.flatMap(attemptsOf)) {
    if (attempt.method !== "GET" || isOperators(attempt)) continue;
    const { status } = await ask(attempt, owner.headers);
    // The quota is not kept, and the attachment's content is with a provider that is not there.
    const expected = attempt.name.endsWith("{aid}") ? [502, 503, 409] : [200];
    expect(expected, attempt.name).toContain(status);
  }
  const { statusCode } = await api.app.inject({
    url: `/v1/tenants/${ids.tenantId}/keys`,
    headers: operatorHeaders,
  });
  expect(statusCode).toBe(200);
});
