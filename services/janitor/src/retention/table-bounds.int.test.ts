import { wholeTopology } from "@millrace/shared/nats/service-rights";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { usualRetention } from "../testing/usual-retention.ts";
import { rowRules } from "./retention-tasks.ts";
import { partsOfSyncs } from "./syncs/remove-forgotten.ts";

// Nothing grows without bound: a table that is new fails here until something removes its rows, or it is said why there cannot
// be more and more of them.

let world: TestWorld;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

const rules = Object.values(rowRules(usualRetention)).flat();

/** Tables that a task looks after which is no rule over rows, and the task. */
const tended: Readonly<Record<string, string>> = {
  activity_minutes: "activity",
  messages: "messages",
  syncs: "syncs",
  dead_letters: "dead-letters",
  dead_letter_contents: "dead-letters",
  browser_tokens: "browser-tokens",
  api_keys: "api-keys",
  account_states: "removed-accounts",
  store_sizes: "care, which removes what is older than 90 days when it notes the next sizes",
};

/** Why there are only so many rows. */
const bounded: Readonly<Record<string, string>> = {
  tenants: "made by an operator, one by one",
  accounts: "a mailbox each, connected by a person; one that is removed goes",
  webhook_endpoints: "made by a tenant's server, and removed by it",
  checkpoints: "one row",
  installation: "one row",
  encryption_keys: "one a key of the configuration",
  restorations: "one for each time that the log was lost or restored",
  schema_migrations: "one a migration",
  repairs: "one an account that is to be looked through; gone when that is done",
  account_removals: "one an account that is being removed; gone when that is done",
  sync_removals: "one a sync that is being forgotten; gone when that is done",
};

const tables = async (): Promise<string[]> =>
  (
    await world.pool.query<{ name: string }>(
      "select relname as name from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and not relispartition order by 1",
    )
  ).rows.map(({ name }) => name);

/** Tables whose rows go with a row of another. */
const dependents = async (): Promise<Map<string, Set<string>>> => {
  const { rows } = await world.pool.query<{ name: string; parent: string }>(`
    select distinct conrelid::regclass::text as name, confrelid::regclass::text as parent from pg_constraint
    where contype = 'f' and confdeltype = 'c' and connamespace = current_schema()::regnamespace`);
  const found = new Map<string, Set<string>>();
  for (const { name, parent } of rows) found.set(name, (found.get(name) ?? new Set()).add(parent));
  return found;
};

/**
 * Rows of these hang on a row of their own kind that is limited: an account, or what a rule removes. How many there are of
 * each such row, its key says.
 */
const oneEach: Readonly<Record<string, string>> = {
  access_tokens: "accounts",
  schedules: "accounts",
  watches: "accounts",
  mailbox_baselines: "accounts",
  verification_turns: "accounts",
  tenant_lines: "accounts",
  labels: "accounts", // the mailbox's own
  message_contents: "messages",
  attachments: "messages",
  verification_messages: "verifications",
  connect_attempts: "connect_links",
  account_removal_blobs: "account_removals",
};

describe("every table", () => {
  it("has a rule, a task, a row that its rows go with, or a reason why there are only so many", async () => {
    const known = [...rules, ...partsOfSyncs].map(({ table }) => table);
    const all = new Set([...known, ...Object.keys(tended), ...Object.keys(bounded), ...Object.keys(oneEach)]);
    expect(await tables()).toEqual([...all].sort());
  });

  it("that is said to go with another one does so, and that one has its end", async () => {
    const parents = await dependents();
    const ends = new Set([
      ...rules.map(({ table }) => table),
      ...Object.keys(tended),
      ...Object.keys(bounded),
    ]);
    for (const [table, parent] of Object.entries(oneEach)) {
      expect([table, [...(parents.get(table) ?? [])]]).toEqual([table, expect.arrayContaining([parent])]);
      expect([parent, ends.has(parent)]).toEqual([parent, true]);
    }
  });

  it("that is bounded for a reason is not one that a rule has to look after as well", () => {
    const ruled = new Set([...rules.map(({ table }) => table), ...Object.keys(tended)]);
    expect(Object.keys({ ...bounded, ...oneEach }).filter((table) => ruled.has(table))).toEqual([]);
  });

  it("that is several is none of which rules remove rows, which they name by their place", async () => {
    const { rows } = await world.pool.query<{ name: string }>(
      "select relname as name from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'p'",
    );
    expect(rows.map(({ name }) => name)).toEqual(["activity_minutes"]);
    expect([...rules, ...partsOfSyncs].filter(({ table }) => table === "activity_minutes")).toEqual([]);
  });

  it("that a rule looks after has an index by which its old rows are found", async () => {
    const { rows } = await world.pool.query<{ table: string; column: string }>(`
      select i.indrelid::regclass::text as "table", a.attname as "column"
      from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
      where i.indisvalid`);
    const has = new Set(rows.map(({ table, column }) => `${table}.${column}`));
    const without = rules.map(({ table, since }) => `${table}.${since}`).filter((name) => !has.has(name));
    expect([...new Set(without)].sort()).toEqual([]);
  });
});

/** Few rows, each written a few times: Postgres' own settings are right for them. */
const settledByDefault: ReadonlySet<string> = new Set([
  ...[
    "accounts",
    "api_keys",
    "tenants",
    "installation",
    "encryption_keys",
    "restorations",
    "schema_migrations",
  ],
  ...[
    "repairs",
    "labels",
    "removed_labels",
    "tombstones",
    "verifications",
    "connect_links",
    "connect_attempts",
  ],
  ...["account_removal_blobs", "retention_runs", "retention_run_tenants"],
  ...["mailbox_baselines", "verification_turns", "store_sizes"],
]);

describe("autovacuum", () => {
  it("has settings of its own for every table that is large, or has rows that are written again and again", async () => {
    await world.pool.query("select make_activity_day(30000)");
    const { rows } = await world.pool.query<{ name: string; options: string[] }>(
      `select relname as name, coalesce(reloptions, '{}') as options from pg_class
       where relnamespace = current_schema()::regnamespace and relkind = 'r' order by 1`,
    );
    const scaleOf = ({ options }: { options: string[] }) =>
      options.find((option) => option.startsWith("autovacuum_vacuum_scale_factor="))?.split("=")[1];
    const without = rows.filter((row) => scaleOf(row) === undefined).map(({ name }) => name);
    expect(without).toEqual([...settledByDefault].sort());
    for (const row of rows.filter(({ name }) => !settledByDefault.has(name)))
      expect([row.name, Number(scaleOf(row)) <= 0.01]).toEqual([row.name, true]);
  });
});

describe("every stream", () => {
  it("has a limit in bytes on the broker, and the log one by age", async () => {
    const found: Record<string, { maxBytes: number; maxAge: number }> = {};
    for await (const { config: stream } of world.nats.jsm.streams.list())
      found[stream.name] = { maxBytes: stream.max_bytes, maxAge: stream.max_age };
    expect(Object.keys(found).sort()).toEqual(wholeTopology.streams.map(({ name }) => name).sort());
    for (const [name, { maxBytes }] of Object.entries(found))
      expect([name, maxBytes > 0 && maxBytes <= 4_096 * 1_024 ** 2]).toEqual([name, true]);
    expect(found.EVENTS?.maxAge).toBe(35 * 86_400 * 1e9);
  });
});
