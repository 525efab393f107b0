import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { migrationProblems } from "./migration-problems.ts";

const folder = new URL("../../migrations/", import.meta.url);
/** Those before it were made when nobody ran an earlier release. */
const firstRuled = 24;

const files = readdirSync(folder).filter((file) => file.endsWith(".sql"));
const nameOf = (file: string): string => file.slice(0, -".sql".length);
const problemsOf = (sql: string): string[] => migrationProblems("0099_test", `-- Up Migration\n\n${sql}`);

describe("the migrations of this checkout", () => {
  const ruled = files.filter((file) => Number.parseInt(file, 10) >= firstRuled);

  it("are there, and each has a number of its own", () => {
    expect(ruled).not.toEqual([]);
    expect(new Set(files.map((file) => file.slice(0, 4))).size).toBe(files.length);
  });

  it.each(ruled)("%s is safe while the services of the release before run", (file) => {
    expect(migrationProblems(nameOf(file), readFileSync(new URL(file, folder), "utf8"))).toEqual([]);
  });

  it("would be refused in part, had they come later", () => {
    const sql = readFileSync(new URL("0007_incremental.sql", folder), "utf8");
    expect(migrationProblems("0007_incremental", sql)).not.toEqual([]);
  });
});

describe("what the release before would not survive is refused:", () => {
  it.each([
    ["a dropped table", "drop table chunks;", /drops/],
    ["a dropped column", "alter table syncs drop column mode;", /drops/],
    ["a renamed column", "alter table syncs rename column mode to kind;", /renames/],
    ["a renamed table", "alter table syncs rename to runs;", /renames/],
    ["another type", "alter table syncs alter column listed type numeric;", /type/],
    ["another type, in more words", "alter table syncs alter listed set data type numeric;", /type/],
    ["a column that is demanded", "alter table syncs add column kind text not null;", /default/],
    [
      "the second of two",
      "alter table syncs add column a int default 1, add column b text not null;",
      /default/,
    ],
    ["a value that is demanded", "alter table syncs alter column mode set not null;", /demands/],
    ["a default that goes", "alter table syncs alter column listed drop default;", /relies/],
    ["a default for each row", "alter table syncs add column u uuid default gen_random_uuid();", /one value/],
    ["a check", "alter table syncs add constraint c check (listed > 0);", /not valid/],
    ["a reference", "alter table syncs add foreign key (account_id) references accounts (id);", /not valid/],
    [
      "a reference of a new column",
      "alter table syncs add column a text references accounts (id);",
      /by itself/,
    ],
    ["a unique constraint", "alter table syncs add constraint u unique (id, mode);", /using index/],
    ["an index that keeps writers waiting", "create index i on messages (subject);", /concurrently/],
    ["one beside a transaction", "create index concurrently i on messages (subject);", /No transaction/],
    ["emptying a table", "truncate chunks;", /empties/],
    ["a way back", "select 1;\n-- Down Migration\ndrop table a;", /forward only/],
  ])("%s", (_what, sql, problem) => {
    expect(problemsOf(sql).join("\n")).toMatch(problem);
  });

  it("a name without its number", () => {
    expect(migrationProblems("more", "select 1;")).toHaveLength(1);
  });
});

describe("what it survives is not:", () => {
  it.each([
    ["a column that may be empty", "alter table syncs add column note text;"],
    ["one with a default", "alter table syncs add column n smallint not null default 1;"],
    ["one with a default before", "alter table syncs add column n smallint default 1 not null;"],
    [
      "a new table with its indexes",
      "create table t (id text not null unique);\ncreate index on t (id);\nalter table t add unique (id);",
    ],
    [
      "a check that looks at new rows only",
      "alter table syncs add constraint c check (listed >= 0) not valid;",
    ],
    ["its validation", "alter table syncs validate constraint c;"],
    ["an index beside its writers", "-- No transaction\ncreate index concurrently i on messages (subject);"],
    ["an index on a table of few rows", "create index i on accounts (email);"],
    ["a constraint that has its index", "alter table syncs add constraint u unique using index i;"],
    ["words in comments and texts", "-- drop table a;\ninsert into t values ('drop table a; truncate b');"],
    [
      "a contract that says since when",
      "-- Contract: safe from release 1.4 on, which reads kind\nalter table syncs drop column mode;",
    ],
  ])("%s", (_what, sql) => {
    expect(problemsOf(sql)).toEqual([]);
  });

  it("a contract without its release is no contract", () => {
    expect(problemsOf("-- Contract: safe\nalter table syncs drop column mode;")).toHaveLength(1);
  });
});
