import { expect, it } from "vitest";
import { statementSummary } from "./statement-summary.ts";

it.each([
  ["select id from accounts where id = $1", "select accounts"],
  ["\n  insert into messages (id) values ($1) on conflict do nothing", "insert messages"],
  ["update syncs set status = $1", "update syncs"],
  ["delete from blobs where sha256 = $1", "delete blobs"],
  ["select * from unnest($1::text[]) as m join messages on true", "select messages"],
  [
    "with moved as (update checkpoints set seq = $1 returning name) select count(*) from moved",
    "update checkpoints",
  ],
  ["with found as (select 1) select * from found join chunks on true", "select chunks"],
  ["begin; select set_config('millrace.tenants', '{acme}', true)", "begin"],
  ["commit", "commit"],
  ["set idle_session_timeout = 60000", "set"],
  ["select pg_try_advisory_lock($1) as locked", "select"],
  ["select (select count(*) from moved) as n", "select moved"],
  ["'ann@example.com'", "statement"],
])("tells of %j what it does, and no value", (text, summary) => {
  expect(statementSummary(text)).toBe(summary);
});
