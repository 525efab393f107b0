import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packagedPostgres, reachablePostgres } from "@millrace/infra/postgres/postgres-binaries";
import { postgresUrl, type RunningPostgres, startPostgres } from "@millrace/infra/postgres/start-postgres";
import { unprivilegedUser } from "@millrace/infra/process/run-as";
import { startWatchdog } from "@millrace/infra/process/watchdog";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLogger } from "../testing/silent-logger.ts";
import { AccessMissingError, checkDatabaseAccess, DatabaseAccessError } from "./check-database-access.ts";
import { createPool } from "./create-pool.ts";
import { databaseRoles } from "./database-rights.ts";
import { isDatabaseAway } from "./is-database-away.ts";
import { migrate, SchemaOwnerError } from "./migrate.ts";

// A server of its own: roles are the whole server's, and here they are made, changed and dropped.

const password = randomBytes(16).toString("hex");
let folder: string;
let watchdog: ReturnType<typeof startWatchdog>;
let server: RunningPostgres;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-roles-"));
  chmodSync(folder, 0o711);
  watchdog = startWatchdog("QUIT", [folder]);
  const runAs = unprivilegedUser();
  server = await startPostgres({
    binaries: reachablePostgres(packagedPostgres(), runAs),
    dataFolder: join(folder, "data"),
    logFile: join(folder, "postgres.log"),
    password,
    runAs,
    unsafe: true,
  });
  watchdog.guard(server.process.pid);
});
afterAll(async () => {
  await server?.process.stop("SIGQUIT", 10_000);
  rmSync(folder, { recursive: true, force: true });
  watchdog?.dismiss();
});

/** Statements of the server's superuser. */
async function run(database: string, ...statements: string[]): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: postgresUrl(server.port, password, database) });
  await client.connect();
  try {
    let result: pg.QueryResult | undefined;
    for (const sql of statements) result = await client.query(sql);
    if (result === undefined) throw new Error("no statement");
    return result;
  } finally {
    await client.end();
  }
}

function urlOf(database: string, user: string): string {
  const url = new URL(postgresUrl(server.port, password, database));
  url.username = user;
  return url.href;
}

const superuser = "millrace";
const login = (name: string): string => `create role ${name} login password '${password}'`;

async function check(database: string, user: string): Promise<unknown> {
  const pool = createPool(urlOf(database, user), "fetcher", 1, silentLogger);
  try {
    return await checkDatabaseAccess(pool, "fetcher");
  } catch (error) {
    return error;
  } finally {
    await pool.end();
  }
}

describe("migrating", () => {
  it("several databases of one server at once makes each role once, and each database's rights", async () => {
    const names = ["one", "two", "three"];
    for (const name of names) await run("postgres", `create database ${name}`);
    await Promise.all([...names, ...names].map((name) => migrate(urlOf(name, superuser))));
    const { rows } = await run(
      "postgres",
      "select rolname from pg_roles where rolname like 'millrace\\_%' order by 1",
    );
    expect(rows.map(({ rolname }) => rolname)).toEqual([...databaseRoles].sort());
    for (const name of names) expect(await check(name, superuser)).toEqual({ isOwnersLogin: true });
  });

  it("takes an owner who is no superuser: one who may make roles, or one for whom they were made", async () => {
    await run("postgres", login("plain_owner"), "create database plain owner plain_owner");
    await migrate(urlOf("plain", "plain_owner"));
    // He has no role to be: services come as users of their own.
    expect(await check("plain", "plain_owner")).toMatchObject({
      message: expect.stringContaining("grant millrace_fetcher to"),
    });
    await run("postgres", "grant millrace_fetcher to plain_owner");
    expect(await check("plain", "plain_owner")).toEqual({ isOwnersLogin: true });
    await run("postgres", "revoke millrace_fetcher from plain_owner");
    await run("postgres", login("fetching"), "grant millrace_fetcher to fetching");
    expect(await check("plain", "fetching")).toEqual({ isOwnersLogin: false });
  });

  it("with a login that owns nothing does nothing where nothing is to be done, and else says who must", async () => {
    await run("postgres", login("api"), "grant millrace_sync_api to api");
    expect(await migrate(urlOf("one", "api"))).toEqual([]);
    // The newest, whichever that is: migrations have to have run in their order.
    const { rows } = await run(
      "one",
      "delete from schema_migrations where id = (select max(id) from schema_migrations) returning name",
    );
    await expect(migrate(urlOf("one", "api"))).rejects.toThrow(SchemaOwnerError);
    await expect(migrate(urlOf("one", "api"))).rejects.toThrow(
      /user api may not.*npm run migrate.*DATABASE_OWNER_URL/s,
    );
    await run("one", `insert into schema_migrations (name, run_on) values ('${rows[0]?.name}', now())`);
    expect(await migrate(urlOf("one", "api"))).toEqual([]);
    await run("one", "alter table events disable row level security");
    await expect(migrate(urlOf("one", "api"))).rejects.toThrow(SchemaOwnerError);
    await migrate(urlOf("one", superuser));
    expect(await migrate(urlOf("one", "api"))).toEqual([]);
  });

  it("makes good what a restored backup lost on a server without the roles, and takes back what is too much", async () => {
    for (const role of databaseRoles) await run("two", `drop owned by ${role}`);
    await run("two", "grant select on api_keys to millrace_fetcher", "grant select on messages to public");
    await run("two", "create policy open on messages using (true)");
    expect(await check("two", superuser)).toBeInstanceOf(AccessMissingError);
    await migrate(urlOf("two", superuser));
    expect(await check("two", superuser)).toEqual({ isOwnersLogin: true });
    const { rows } = await run(
      "two",
      `select has_table_privilege('millrace_fetcher', 'api_keys', 'select') as keys,
        has_table_privilege('millrace_chunker', 'message_contents', 'select') as mail,
        (select count(*)::int from pg_policy where polrelid = 'messages'::regclass) as policies`,
    );
    expect(rows).toEqual([{ keys: false, mail: false, policies: 2 }]);
  });

  it("by somebody who may not make roles that are missing says what to do", async () => {
    await run("postgres", "create database four owner plain_owner");
    for (const name of ["one", "two", "three", "plain"])
      for (const role of databaseRoles) await run(name, `drop owned by ${role}`);
    await run("postgres", `drop role ${databaseRoles.join(", ")}`);
    const error = await migrate(urlOf("four", "plain_owner")).catch((cause: unknown) => cause);
    expect(error).toMatchObject({
      code: "42501",
      hint: expect.stringContaining("create role millrace_fetcher"),
    });
    await run("postgres", "alter role plain_owner createrole");
    await migrate(urlOf("four", "plain_owner"));
    expect(await check("four", "plain_owner")).toEqual({ isOwnersLogin: true });
    await migrate(urlOf("one", superuser));
  });
});

describe("a service", () => {
  it("runs as the role itself", async () => {
    await run("postgres", `alter role millrace_fetcher login password '${password}'`);
    expect(await check("one", "millrace_fetcher")).toEqual({ isOwnersLogin: false });
    await run("postgres", "alter role millrace_fetcher nologin");
  });

  it("does not run where no policy would bind it", async () => {
    for (const [free, bound] of [
      ["alter role millrace_fetcher bypassrls", "alter role millrace_fetcher nobypassrls"],
      ["alter role millrace_fetcher superuser", "alter role millrace_fetcher nosuperuser"],
      ["grant millrace to millrace_fetcher", "revoke millrace from millrace_fetcher"],
      ["grant millrace to millrace_fetcher with inherit false", "revoke millrace from millrace_fetcher"],
      ["create role free bypassrls; grant free to millrace_fetcher", "drop role free"],
      [
        "create role free bypassrls; create role between; grant free to between; grant between to millrace_fetcher with inherit false",
        "drop role between; drop role free",
      ],
      [
        "grant pg_execute_server_program to millrace_fetcher",
        "revoke pg_execute_server_program from millrace_fetcher",
      ],
      ["grant create on schema public to public", "revoke create on schema public from public"],
    ] as const) {
      await run("one", free);
      const refusal = await check("one", superuser);
      await run("one", bound);
      expect([free, refusal]).toEqual([free, expect.any(DatabaseAccessError)]);
    }
    expect(await check("one", superuser)).toEqual({ isOwnersLogin: true });
  });

  it("waits where the owner has still to secure a table, or to grant a right", async () => {
    for (const sql of [
      "alter table labels disable row level security",
      "revoke insert on messages from millrace_fetcher",
      "drop view searched_messages; drop view message_labels; drop table claims",
    ]) {
      await run("three", "select 1");
      await migrate(urlOf("three", superuser));
      await run("three", sql);
      expect([sql, await check("three", superuser)]).toEqual([sql, expect.any(AccessMissingError)]);
    }
  });

  it("whose role is gone waits, and takes that for no fault of what it asks", async () => {
    await run("postgres", "create database empty");
    for (const name of ["one", "two", "three", "four"]) await run(name, "drop owned by millrace_fetcher");
    await run("postgres", "drop role millrace_fetcher");
    expect(await check("empty", superuser)).toBeInstanceOf(AccessMissingError);
    const pool = createPool(urlOf("one", superuser), "fetcher", 1, silentLogger);
    const error = await pool
      .ofNobody()
      .query("select 1")
      .catch((cause: unknown) => cause);
    await pool.end();
    expect([error, isDatabaseAway(error)]).toEqual([
      expect.objectContaining({ code: "database_role" }),
      true,
    ]);
  });
});
