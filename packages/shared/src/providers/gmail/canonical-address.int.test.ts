import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { canonicalAddress } from "./guard-mailbox.ts";

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

it.each([
  ["Some.One@gmail.com", "someone@gmail.com"],
  ["some.one+news.a@googlemail.com", "someone@gmail.com"],
  [" SomeOne@GMAIL.com ", "someone@gmail.com"],
  ["Some.One+x@Example.com", "some.one+x@example.com"],
  ["a.b@gmail.com.example", "a.b@gmail.com.example"],
])("the database calls %s the mailbox that the provider calls it", async (email, key) => {
  const { rows } = await client.query("select mailbox_key($1) as key", [email]);
  expect(rows[0].key).toBe(key);
  expect(canonicalAddress(email)).toBe(key);
});
