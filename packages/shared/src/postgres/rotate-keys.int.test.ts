import { randomBytes } from "node:crypto";
import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestPool, type TestPool } from "../testing/create-test-pool.ts";
import { confirmKeyring } from "./confirm-keyring.ts";
import { createTokenVault } from "./create-token-vault.ts";
import { Keyring, KeyringError } from "./keyring.ts";
import { loadAccount, sealCredentials } from "./load-account.ts";
import { rotateKeys } from "./rotate-keys.ts";
import { webhookSecretSeal } from "./seals.ts";

const key = (id: string): string => `${id}:${randomBytes(32).toString("base64")}`;
const [k1, k2] = [key("k1"), key("k2")];
const [before, both, after] = [k1, `${k2},${k1}`, k2].map(Keyring.parse) as [Keyring, Keyring, Keyring];

const tenantId = "acme";
const refOf = (n: number) => ({ tenantId, accountId: `acc_${n}` });
/** More than are read at once. */
const accounts = 1_200;
const rotate = (check = false) => rotateKeys(pool.owner, both, { check, onProgress: () => {} });

let database: TestDatabase;
let pool: TestPool;

beforeEach(async () => {
  database = await createTestDatabase();
  pool = createTestPool(database.url, "chunker", 5);
  await pool.query("insert into tenants (id, name) values ($1, $1)", [tenantId]);
});
afterEach(async () => {
  await pool.end();
  await database.drop();
});

async function addAccounts(count: number): Promise<void> {
  const refs = Array.from({ length: count }, (_, n) => refOf(n));
  await pool.query(
    `insert into accounts (id, tenant_id, provider, email, sealed_credentials)
     select id, $1, 'gmail', id || '@example.com', sealed from unnest($2::text[], $3::text[]) as a (id, sealed)`,
    [
      tenantId,
      refs.map(({ accountId }) => accountId),
      refs.map((ref) => sealCredentials(before, ref, { refreshToken: `token of ${ref.accountId}` })),
    ],
  );
}

async function addToken(n: number): Promise<void> {
  const token = { accessToken: `access of ${n}`, refreshedAtMs: 1, expiresAtMs: 2 };
  const record = { version: 1, grant: "g", token, refreshingUntilMs: null, failure: null };
  expect(await createTokenVault(pool, before).write(refOf(n), record)).toBe(true);
}

describe("the rotation of keys", () => {
  it("puts all under the new key, which alone opens it then, and names the old one as retired", async () => {
    await addAccounts(accounts);
    await addToken(0);
    await confirmKeyring(pool.ofNobody(), before);
    await confirmKeyring(pool.ofNobody(), both);
    expect(await rotate(true)).toMatchObject({ moved: accounts + 1, already: 0, retired: [] });
    expect(await rotate()).toMatchObject({
      moved: accounts + 1,
      already: 0,
      unreadable: [],
      retired: ["k1"],
    });
    for (const n of [0, accounts - 1])
      expect((await loadAccount(pool, after, refOf(n)))?.refreshToken).toBe(`token of acc_${n}`);
    const reading = await createTokenVault(pool, after).read(refOf(0));
    expect(reading?.record?.token?.accessToken).toBe("access of 0");
    expect(await rotate()).toMatchObject({ moved: 0, already: accounts + 1 });
    await confirmKeyring(pool.ofNobody(), after);
  });

  it("is asked for by no ring that was refused: the right one still opens everything", async () => {
    await addAccounts(1);
    await confirmKeyring(pool.ofNobody(), before);
    const foreign = Keyring.parse(`k9:${randomBytes(32).toString("base64")}`);
    await expect(confirmKeyring(pool.ofNobody(), foreign)).rejects.toThrow(/lacks the key "k1"/);
    await confirmKeyring(pool.ofNobody(), before);
    expect((await pool.query("select id from encryption_keys")).rows).toEqual([{ id: "k1" }]);
    await pool.query("delete from encryption_keys");
  });

  it("takes signing secrets of webhooks along, and those before a rotation of theirs", async () => {
    const seal = webhookSecretSeal({ tenantId, endpointId: "whe_1" });
    await pool.query(
      `insert into webhook_endpoints (id, tenant_id, url, events, sealed_secret, sealed_previous_secret)
       values ('whe_1', $1, 'https://example.com/', '{sync.failed}', $2, $3), ('whe_2', $1, 'https://example.com/', '{sync.failed}', $4, null)`,
      [
        tenantId,
        ...["whsec_new", "whsec_old"].map((secret) => before.seal(secret, seal)),
        before.seal("whsec_2", webhookSecretSeal({ tenantId, endpointId: "whe_2" })),
      ],
    );
    expect(await rotate()).toMatchObject({ moved: 3, unreadable: [] });
    const { rows } = await pool.query("select * from webhook_endpoints where id = 'whe_1'");
    expect(after.open(rows[0].sealed_secret, seal)).toBe("whsec_new");
    expect(after.open(rows[0].sealed_previous_secret, seal)).toBe("whsec_old");
  });

  it("leaves alone what is sealed anew meanwhile, and never puts an old credential back", async () => {
    await addAccounts(2);
    const ref = refOf(1);
    const client = await pool.owner.connect();
    await client.query("begin");
    const newer = sealCredentials(both, ref, { refreshToken: "newer" });
    await client.query("update accounts set sealed_credentials = $2 where id = $1", [ref.accountId, newer]);
    const rotating = rotate();
    await expect.poll(waiting).toBe(1);
    await client.query("commit");
    client.release();
    expect(await rotating).toMatchObject({ moved: 1, overtaken: 1 });
    expect((await loadAccount(pool, after, ref))?.refreshToken).toBe("newer");
  });

  it("says what does not open, goes on with the rest, and retires no key then", async () => {
    await addAccounts(3);
    await confirmKeyring(pool.ofNobody(), before);
    await pool.query(
      "update accounts set sealed_credentials = (select sealed_credentials from accounts where id = 'acc_0') where id = 'acc_1'",
    );
    const report = await rotate();
    expect(report).toMatchObject({
      moved: 2,
      unreadable: [{ table: "accounts", key: "acc_1" }],
      retired: [],
    });
  });

  it("does not retire a key while something is under it: a service that still seals with it", async () => {
    await addAccounts(1);
    await confirmKeyring(pool.ofNobody(), before);
    await rotate();
    expect((await pool.query("select id from encryption_keys")).rows).toEqual([]);
    await confirmKeyring(pool.ofNobody(), before); // such a service starts
    await addToken(0);
    await expect(confirmKeyring(pool.ofNobody(), after)).rejects.toThrow(/lacks the key "k1"/);
    expect(await rotate()).toMatchObject({ moved: 1, retired: ["k1"] });
    await confirmKeyring(pool.ofNobody(), after);
  });
});

/** Sessions that wait for a row. */
async function waiting(): Promise<number> {
  const { rows } = await pool.query<{ waiting: number }>(
    "select count(*)::integer as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return rows[0]?.waiting ?? 0;
}

describe("a ring of keys, when a service starts", () => {
  it("is refused when a key is another one than before, in words that name it", async () => {
    await confirmKeyring(pool.ofNobody(), before);
    const wrong = Keyring.parse(key("k1"));
    await expect(confirmKeyring(pool.ofNobody(), wrong)).rejects.toThrow(KeyringError);
    await expect(confirmKeyring(pool.ofNobody(), wrong)).rejects.toThrow(/"k1".*is not the one/);
  });

  it("is refused when a key is missing that has sealed something", async () => {
    await confirmKeyring(pool.ofNobody(), before);
    await expect(confirmKeyring(pool.ofNobody(), after)).rejects.toThrow(
      /lacks the key "k1".*encryption-keys rotate/,
    );
    await confirmKeyring(pool.ofNobody(), both);
  });

  it("one of two that start at once with different keys of one name is refused", async () => {
    const results = await Promise.allSettled(
      [k1, key("k1")].map((text) => confirmKeyring(pool.ofNobody(), Keyring.parse(text))),
    );
    expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });
});
