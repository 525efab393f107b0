import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ServiceName, serviceNames } from "../nats/service-rights.ts";
import { fillTables, insertSqlOf, rowFor, tenantTables } from "../testing/fill-tables.ts";
import { silentLogger } from "../testing/silent-logger.ts";
import { createOwnerPool, type OwnerPool } from "./create-pool.ts";
import { databaseRights, databaseRoles, functionRights, type Right, roleOf } from "./database-rights.ts";

// As somebody would who has a service's user and nothing of our code: plain connections, and SQL.

let database: TestDatabase;
let owner: OwnerPool;
const clients = new Map<ServiceName, pg.Client>();

beforeAll(async () => {
  database = await createTestDatabase();
  owner = createOwnerPool(database.url, "test", 4, silentLogger);
  await fillTables(owner, ["one", "two"]);
  await owner.query("analyze");
  for (const service of serviceNames) {
    const client = new pg.Client({ connectionString: database.serviceUrls[service] });
    await client.connect();
    clients.set(service, client);
  }
});
afterAll(async () => {
  await Promise.all([...clients.values()].map((client) => client.end()));
  await owner?.end();
  await database?.drop();
});

const permissionDenied = "42501";
const all = "{*}";

/** Does something with these tenants named, and undoes it. @returns what came of it, or the SQLSTATE */
async function tryAs(
  service: ServiceName,
  tenants: string | null,
  sql: string,
  values: readonly unknown[] = [],
): Promise<pg.QueryResult | string> {
  const client = clients.get(service);
  if (client === undefined) throw new Error("no such service");
  await client.query("begin");
  try {
    if (tenants !== null) await client.query("select set_config('millrace.tenants', $1, true)", [tenants]);
    return await client.query(sql, [...values]);
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  } finally {
    await client.query("rollback");
  }
}

const tenantsIn = (result: pg.QueryResult | string): string[] | string =>
  typeof result === "string" ? result : result.rows.map(({ tenant }) => String(tenant)).sort();

const cases = tenantTables.flatMap(([table, column]) =>
  serviceNames.map((service) => {
    const { rights, sweeps } = databaseRights[table] ?? { rights: {}, sweeps: [] };
    const held: readonly Right[] = rights[service] ?? [];
    const shownToSweeps = (sweeps as readonly string[]).includes(service) ? ["one", "two"] : [];
    return { table, column, service, held, shownToSweeps };
  }),
);
const casesWith = (right: Right) => cases.filter(({ held }) => held.includes(right));

describe("rows", () => {
  it.each(casesWith("select"))("$service is shown of $table what it names", async (given) => {
    const { service, table, column, shownToSweeps } = given;
    const shown = async (tenants: string | null) =>
      tenantsIn(await tryAs(service, tenants, `select ${column} as tenant from ${table}`));
    expect(await shown(null)).toEqual([]);
    expect(await shown("")).toEqual([]);
    expect(await shown("{}")).toEqual([]);
    expect(await shown("{two}")).toEqual(["two"]);
    expect(await shown("{one,two}")).toEqual(["one", "two"]);
    expect(await shown("{three}")).toEqual([]);
    expect(await shown(all)).toEqual(shownToSweeps);
    // A tenant that were called like the sign for all would be quoted; so would two in one name.
    expect(await shown('{"*"}')).toEqual([]);
    expect(await shown('{"one,two"}')).toEqual([]);
  });

  it.each(casesWith("update"))(
    "$service changes of $table what it names, and gives nothing away",
    async (given) => {
      const { service, table, column, shownToSweeps } = given;
      const changed = async (tenants: string | null) =>
        tenantsIn(
          await tryAs(
            service,
            tenants,
            `update ${table} set ${column} = ${column} returning ${column} as tenant`,
          ),
        );
      expect(await changed(null)).toEqual([]);
      expect(await changed("{one}")).toEqual(["one"]);
      expect(await changed(all)).toEqual(shownToSweeps);
      expect(await tryAs(service, "{one}", `update ${table} set ${column} = 'three'`)).toBe(permissionDenied);
      expect(await tryAs(service, "{one}", `update ${table} set ${column} = 'two'`)).toBe(permissionDenied);
    },
  );

  it.each(casesWith("delete"))("$service removes of $table what it names", async (given) => {
    const { service, table, shownToSweeps } = given;
    const removed = async (tenants: string | null) => {
      const result = await tryAs(service, tenants, `delete from ${table}`);
      return typeof result === "string" ? result : result.rowCount;
    };
    expect(await removed(null)).toBe(0);
    expect(await removed("{one}")).toBe(1);
    expect(await removed(all)).toBe(shownToSweeps.length);
  });

  it.each(casesWith("insert"))("$service adds to $table for whom it names", async (given) => {
    const { service, table, shownToSweeps } = given;
    const row = await rowFor(owner, table, "two", 9);
    const added = async (tenants: string | null) => {
      const result = await tryAs(service, tenants, insertSqlOf(table, row), Object.values(row));
      return typeof result === "string" ? result : "added";
    };
    expect(await added(null)).toBe(permissionDenied);
    expect(await added("{one}")).toBe(permissionDenied);
    // What it refers to may be missing, or the tenant be there, which are other refusals.
    const reached = ["added", "23503", "23505"];
    expect(reached).toContain(await added("{two}"));
    if (shownToSweeps.length === 0) expect(await added(all)).toBe(permissionDenied);
    else expect(reached).toContain(await added(all));
  });
});

describe("references", () => {
  const toAccounts = ["messages", "labels", "sync_requests", "tombstones"] as const;
  it.each(toAccounts)("of %s lead to an account of the same tenant only", async (table) => {
    const service = serviceNames.find((name) => databaseRights[table]?.rights[name]?.includes("insert"));
    const row = await rowFor(owner, table, "one", 5);
    const add = async (of: string) => {
      const { rows } = await owner.query("select id from accounts where tenant_id = $1", [of]);
      const values = { ...row, account_id: rows[0]?.id };
      const result = await tryAs(
        service as ServiceName,
        "{one}",
        insertSqlOf(table, values),
        Object.values(values),
      );
      return typeof result === "string" ? result : "added";
    };
    expect([await add("one"), await add("two")]).toEqual(["added", "23503"]);
  });

  it("name the tenant wherever they lead to something of a tenant's, but for messages, which have their account's", async () => {
    const { rows } = await owner.query<{ name: string }>(`
      select distinct confrelid::regclass::text as name from pg_constraint
      where contype = 'f' and connamespace = current_schema()::regnamespace and not exists (
        select from pg_attribute where attrelid = conrelid and attnum = any (conkey) and attname = 'tenant_id')
      order by 1`);
    expect(rows.map(({ name }) => name)).toEqual(["messages"]);
  });
});

describe("rights", () => {
  const statements: Readonly<Record<Right, (table: string, column: string) => string>> = {
    select: (table) => `select from ${table} limit 1`,
    insert: (table) => `insert into ${table} default values`,
    update: (table, column) => `update ${table} set ${column} = ${column}`,
    delete: (table) => `delete from ${table} where false`,
  };
  const tables = Object.entries(databaseRights).flatMap(([table, { isView, rights }]) =>
    serviceNames.map((service) => ({ table, isView, service, held: rights[service] ?? [] })),
  );

  it.each(tables)("$service may do with $table what is said, and nothing else", async (given) => {
    const { table, service, held, isView } = given;
    const { rows } = await owner.query<{ name: string }>(
      "select column_name as name from information_schema.columns where table_schema = current_schema() and table_name = $1 limit 1",
      [table],
    );
    for (const right of Object.keys(statements) as Right[]) {
      const sql = statements[right](table, rows[0]?.name ?? "");
      if (!held.includes(right))
        expect([sql, await tryAs(service, "{one}", sql)]).toEqual([sql, permissionDenied]);
    }
    if (!isView) expect(await tryAs(service, "{one}", `truncate ${table}`)).toBe(permissionDenied);
  });

  it("keep keys of the API, links and endpoints from all but sync-api", async () => {
    for (const service of ["chunker", "fetcher", "janitor"] as const)
      for (const table of ["api_keys", "browser_tokens", "connect_attempts"])
        expect(await tryAs(service, "{one}", `select from ${table}`)).toBe(permissionDenied);
    for (const service of ["chunker", "fetcher"] as const)
      for (const table of ["webhook_endpoints", "connect_links", "audit_entries"])
        expect(await tryAs(service, "{one}", `select from ${table}`)).toBe(permissionDenied);
  });

  it("let sync-api read no mail of all tenants at once", async () => {
    for (const table of ["messages", "message_contents", "attachments", "labels", "access_tokens"])
      expect(tenantsIn(await tryAs("sync-api", all, `select tenant_id as tenant from ${table}`))).toEqual([]);
    expect(
      tenantsIn(await tryAs("sync-api", all, "select tenant_id as tenant from searched_messages")),
    ).toEqual([]);
  });
});

describe("views that search", () => {
  it("have no bodies", async () => {
    for (const column of ["text_body", "html_body", "headers", "*"]) {
      const sql = `select ${column} from searched_messages limit 0`;
      const result = await tryAs("sync-api", "{one}", sql);
      if (typeof result === "string") expect(result).toBe("42703");
      else
        expect(result.fields.map(({ name }) => name).filter((name) => /body|raw|header/.test(name))).toEqual(
          [],
        );
    }
  });

  it.each([
    ["sync-api", "searched_messages"],
    ["sync-api", "mailboxes"],
    ["janitor", "mailboxes"],
    ["chunker", "message_labels"],
  ] as const)("show %s in %s what it names", async (service, view) => {
    const shown = async (tenants: string | null) =>
      tenantsIn(await tryAs(service, tenants, `select tenant_id as tenant from ${view}`));
    expect(await shown(null)).toEqual([]);
    expect(await shown("{two}")).toEqual(["two"]);
    expect(await shown(all)).toEqual(view === "mailboxes" ? ["one", "two"] : []);
  });

  it("change labels of what is named only, and give no message away", async () => {
    const update = (tenants: string | null, to: string) =>
      tryAs("chunker", tenants, `update message_labels set ${to} returning tenant_id as tenant`);
    expect(tenantsIn(await update(null, "label_ids = '{}'"))).toEqual([]);
    expect(tenantsIn(await update("{one}", "label_ids = '{}'"))).toEqual(["one"]);
    expect(await update("{one}", "tenant_id = 'two'")).toBe("44000"); // WITH CHECK OPTION
    expect(await tryAs("chunker", "{one}", "update messages set label_ids = '{}'")).toBe(permissionDenied);
  });
});

describe("a service that is in somebody's hands", () => {
  const tries: readonly (readonly [what: string, sql: (service: ServiceName) => string])[] = [
    ["become the owner", () => "set role millrace"],
    ["become somebody else from the beginning", () => "set session authorization millrace"],
    ["turn row security off", () => "alter table messages disable row level security"],
    ["drop a policy", () => "drop policy of_tenants on messages"],
    ["add a policy", () => "create policy mine on messages using (true)"],
    ["change a policy", () => "alter policy of_tenants on messages using (true)"],
    ["be free of policies", (service) => `alter role ${roleOf(service)} bypassrls`],
    ["give its login that", (service) => `alter role ${roleOf(service)}_login bypassrls`],
    ["make a role", () => "create role mine"],
    ["give its rights away", (service) => `grant ${roleOf(service)} to millrace`],
    [
      "give itself more",
      (service) =>
        `grant select on ${service === "sync-api" ? "claims" : "api_keys"} to ${roleOf(service)}_login`,
    ],
    [
      "put a function in the way",
      () => "create function named_tenants(x int) returns int language sql return 1",
    ],
    [
      "replace whose rows are seen",
      () =>
        "create or replace function named_tenants() returns text[] language sql return '{one,two}'::text[]",
    ],
    ["put a table in the way", () => "create table public.mine ()"],
    ["read files", () => "select pg_read_file('postgresql.conf')"],
    ["read hashes of passwords", () => "select rolpassword from pg_authid"],
    ["leave out its policies", () => "set local row_security = off; select from messages"],
    ["copy a table out", () => "copy api_keys to stdout"],
  ];
  // Copying one's own tables out shows what a query shows, and sync-api may read its keys.
  const cannot = tries.flatMap(([what, sql]) =>
    serviceNames
      .filter((service) => what !== "copy a table out" || service !== "sync-api")
      .map((service) => ({ what, service, sql: sql(service) })),
  );

  it.each(cannot)("$service cannot $what", async ({ service, sql }) => {
    expect([permissionDenied, "28000"]).toContain(await tryAs(service, "{one}", sql));
  });

  it.each(
    serviceNames.flatMap((service) =>
      databaseRoles.filter((role) => role !== roleOf(service)).map((role) => ({ service, role })),
    ),
  )("$service cannot become $role", async ({ service, role }) => {
    expect(await tryAs(service, null, `set role ${role}`)).toBe(permissionDenied);
  });

  it.each(serviceNames)("%s is shown nothing more as its login than as its role", async (service) => {
    const shown = (sql: string) => tryAs(service, null, `${sql}; select tenant_id as tenant from messages`);
    for (const sql of ["reset role", "set role none", `set role ${roleOf(service)}`])
      expect((await shown(sql)) as unknown as pg.QueryResult[]).toMatchObject([{}, { rows: [] }]);
  });

  it.each(serviceNames)("%s is not told by statistics what rows of others hold", async (service) => {
    const secured = tenantTables.map(([table]) => table);
    const sql = "select from pg_stats where tablename = any($1)";
    expect(await tryAs(service, "{one}", sql, [secured])).toMatchObject({ rowCount: 0 });
    expect((await owner.query(sql, [secured])).rowCount).toBeGreaterThan(0);
  });

  it("is refused a list of tenants that is none", async () => {
    for (const tenants of ["one", "one,two", "*", "{one"])
      expect(await tryAs("fetcher", tenants, "select from messages")).toBe("22P02");
  });

  it("may ask whether content is known only where it has a store to look after", async () => {
    const sql = "select names_any_blob('{}')";
    expect(await tryAs("chunker", null, sql)).toBe(permissionDenied);
    expect(await tryAs("fetcher", null, sql)).toMatchObject({ rows: [{ names_any_blob: false }] });
  });
});

describe("functions that remove secrets", () => {
  const calls = [
    "select * from remove_ended_tokens('infinity', null, 10)",
    "select * from remove_ended_keys('infinity', -36500, null, 10)",
  ];

  it.each(calls)("are for the janitor alone: %s", async (sql) => {
    for (const service of ["sync-api", "chunker", "fetcher"] as const)
      expect(await tryAs(service, all, sql)).toBe(permissionDenied);
    expect(await tryAs("janitor", null, sql)).toMatchObject({ command: "SELECT" });
  });

  it("remove nothing that still opens anything, whatever time they are told", async () => {
    await owner.query("update browser_tokens set expires_at = now() + interval '1 second'");
    await owner.query("update api_keys set expires_at = now() + interval '1 year'");
    for (const sql of calls) expect(await tryAs("janitor", null, sql)).toMatchObject({ rows: [] });
    await owner.query("update browser_tokens set expires_at = now() - interval '1 second'");
    const result = await tryAs("janitor", null, calls[0] ?? "");
    expect(result).toMatchObject({
      rows: [
        { tenant_id: "one", count: 1 },
        { tenant_id: "two", count: 1 },
      ],
    });
  });
});

describe("the schema", () => {
  it("has no table and no view that database-rights.ts does not know", async () => {
    const { rows } = await owner.query<{ name: string }>(
      "select relname as name from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f') and not relispartition",
    );
    expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(databaseRights).sort());
  });

  it("has a tenant on each row, but in tables that are the installation's", async () => {
    const { rows } = await owner.query<{ name: string }>(`
      select c.relname as name from pg_class c
      where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and not (
        c.relrowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))
      order by 1`);
    // Where the projector is; which keys have sealed something; whose the blob store is; which epochs were set right; migrations;
    // how large stores are.
    expect(rows.map(({ name }) => name)).toEqual([
      "checkpoints",
      "encryption_keys",
      "installation",
      "restorations",
      "schema_migrations",
      "store_sizes",
    ]);
  });

  it("shows parts of a table to nobody but through the whole", async () => {
    await owner.query("select make_activity_day(30000)");
    const { rows } = await owner.query<{ name: string; secure: boolean; open: boolean }>(`
      select relname as name, relrowsecurity as secure, exists (
          select from aclexplode(relacl) where grantee <> relowner) or exists (
          select from pg_policy where polrelid = pg_class.oid) as open
      from pg_class
      where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and relispartition order by 1`);
    expect(rows).toEqual([
      { name: "activity_minutes_20520220", secure: true, open: false },
      { name: "activity_minutes_rest", secure: true, open: false },
    ]);
  });

  it("lets nobody call a function with its owner's rights whom database-rights.ts does not name", async () => {
    const { rows } = await owner.query<{ name: string }>(
      "select oid::regprocedure::text as name from pg_proc where pronamespace = current_schema()::regnamespace and prosecdef",
    );
    expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(functionRights).sort());
  });
});
