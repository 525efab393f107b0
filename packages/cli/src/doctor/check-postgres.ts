import { readForecasts } from "@millrace/shared/forecast/read-forecasts";
import { type ServiceName, serviceNames } from "@millrace/shared/nats/service-rights";
import {
  AccessMissingError,
  checkDatabaseAccess,
  DatabaseAccessError,
} from "@millrace/shared/postgres/check-database-access";
import { createOwnerPool, createPool, type OwnerPool } from "@millrace/shared/postgres/create-pool";
import { roleOf } from "@millrace/shared/postgres/database-rights";
import { missingAccess } from "@millrace/shared/postgres/missing-access";
import { readSchemaStanding } from "@millrace/shared/postgres/schema-standing";
import { createLogger } from "@millrace/shared/runtime/create-logger";
import { describeDatabaseError } from "../database/describe-database-error.ts";
import { formatBytes } from "../terminal/format-bytes.ts";
import { checkEncryption } from "./check-encryption.ts";
import type { DoctorEnv } from "./doctor-env.ts";
import { type Finding, fail, ok, skipped, someOf, warn } from "./finding.ts";
import { judgeClock } from "./judge-clock.ts";
import { judgeForecast } from "./judge-forecast.ts";
import { judgeRoom } from "./judge-room.ts";

const testedMajor = 18;
const silent = createLogger("doctor", "silent");

/** The database: whether it is there, what it is, whether its schema, rights and policies are those of this version. */
export async function checkPostgres(env: DoctorEnv): Promise<Finding[]> {
  const { DATABASE_URL: url } = env;
  if (!url)
    return [
      skipped(
        "postgres.reachable",
        "Postgres was not looked at",
        "Set DATABASE_URL, as the owner to see all of it; `npm start` prints its own.",
      ),
    ];
  const pool = createOwnerPool(url, "doctor", 1, silent);
  try {
    const server = await readServer(pool);
    const schema = await checkSchema(pool);
    const isThere = schema.every(({ status }) => status !== "fail");
    return [
      ...judgeServer(server, url),
      ...schema,
      ...(isThere ? await checkServices(pool, url) : []),
      ...(isThere ? [await checkEncryption(pool, env)] : []),
      ...(isThere ? judgeForecast(await readForecasts(pool), Date.now()) : []),
    ];
  } catch (error) {
    return [
      fail("postgres.reachable", describeDatabaseError(error, url), "Start Postgres, or mend DATABASE_URL."),
    ];
  } finally {
    await pool.end();
  }
}

interface Server {
  readonly version: string;
  readonly isStandby: boolean;
  readonly bytes: number;
  readonly connections: number;
  readonly connectionsMax: number;
  readonly clock: { readonly theirsMs: number; readonly oursMs: number; readonly uncertaintyMs: number };
}

const serverSql = `
  select current_setting('server_version') as version, current_setting('transaction_read_only')::boolean as "isStandby",
    pg_database_size(current_database())::float8 as bytes, (select count(*)::int from pg_stat_activity) as connections,
    current_setting('max_connections')::int as "connectionsMax"`;

async function readServer(pool: OwnerPool): Promise<Server> {
  const { rows } = await pool.query<Omit<Server, "clock">>(serverSql);
  const [server] = rows;
  if (server === undefined) throw new Error("A statement without a table has one row");
  // The connection is there by now, so that this is one round trip.
  const askedMs = Date.now();
  const time = await pool.query<{ ms: number }>(
    "select extract(epoch from clock_timestamp())::float8 * 1000 as ms",
  );
  const answeredMs = Date.now();
  const clock = {
    theirsMs: time.rows[0]?.ms ?? 0,
    oursMs: (askedMs + answeredMs) / 2,
    uncertaintyMs: (answeredMs - askedMs) / 2,
  };
  return { ...server, clock };
}

export function judgeServer(
  { version, isStandby, bytes, connections, connectionsMax, clock }: Server,
  url: string,
): Finding[] {
  const { hostname, port, pathname } = new URL(url);
  const where = `${hostname}:${port || 5432}${pathname}`;
  const size = `${where}, ${formatBytes(bytes)}`;
  return [
    isStandby
      ? fail(
          "postgres.reachable",
          `${size}: it takes no writes`,
          "DATABASE_URL leads to a standby: have its name lead to the primary.",
        )
      : ok("postgres.reachable", size),
    judgeVersion(version),
    judgeClock("postgres.clock", "Postgres'", clock),
    judgeRoom(
      "postgres.connections",
      "the list of connections",
      { used: connections, max: connectionsMax },
      "Raise max_connections, run fewer copies, or put a pooler in front (session mode).",
    ),
  ].map((finding) =>
    finding.check === "postgres.connections"
      ? { ...finding, found: `${connections} of ${connectionsMax} connections are in use` }
      : finding,
  );
}

export function judgeVersion(version: string): Finding {
  const major = Number.parseInt(version, 10);
  const found = `Postgres ${version} (tested on ${testedMajor})`;
  if (major === testedMajor) return ok("postgres.version", found);
  return warn(
    "postgres.version",
    found,
    major < testedMajor
      ? `Upgrade it: ${testedMajor} is what Millrace is tested on.`
      : "It is newer than what Millrace is tested on.",
  );
}

const migrateTodo = "Run `millrace migrate` with the owner's DATABASE_URL.";

async function checkSchema(pool: OwnerPool): Promise<Finding[]> {
  const standing = await readSchemaStanding(pool);
  if (standing === null)
    return [
      fail(
        "postgres.migrations",
        "there is no schema of Millrace that this user may look at",
        `${migrateTodo} Does DATABASE_URL name the right database?`,
      ),
    ];
  const { missing, unknown } = standing;
  if (missing.length > 0)
    return [fail("postgres.migrations", `not applied: ${someOf(missing)}`, migrateTodo)];
  const migrations =
    unknown.length > 0
      ? warn(
          "postgres.migrations",
          `it has migrations of a newer version: ${someOf(unknown)}`,
          "This is the doctor of an older version: use the newer one's.",
        )
      : ok("postgres.migrations", "every migration is applied");
  // A newer version's rights are not ours to judge.
  if (unknown.length > 0) return [migrations];
  const differing = await missingAccess(pool);
  return [
    migrations,
    differing.length === 0
      ? ok("postgres.rights", "rights and policies are those of this version")
      : fail("postgres.rights", someOf(differing), migrateTodo),
  ];
}

const rolesSql = `
  select name from unnest($1::text[]) as name
  where exists (select from pg_roles where rolname = name and pg_has_role(session_user, oid, 'member'))`;

/** Whether the wall between tenants holds for each service that the user may be. */
async function checkServices(pool: OwnerPool, url: string): Promise<Finding[]> {
  const roles = new Map(serviceNames.map((service) => [roleOf(service), service]));
  const { rows } = await pool.query<{ name: string }>(rolesSql, [[...roles.keys()]]);
  const mayBe = rows.flatMap(({ name }) => roles.get(name) ?? []);
  if (mayBe.length === 0)
    return [
      warn(
        "postgres.access",
        "the user of DATABASE_URL is a member of no service's role",
        "`npm run database-users` makes users of which each is one service's.",
      ),
    ];
  return Promise.all(mayBe.map((service) => checkService(url, service)));
}

async function checkService(url: string, service: ServiceName): Promise<Finding> {
  const pool = createPool(url, service, 1, silent);
  try {
    const { isOwnersLogin } = await checkDatabaseAccess(pool, service);
    const as = isOwnersLogin ? ` (as the role ${roleOf(service)} of the owner's login)` : "";
    return ok("postgres.access", `${service} can do its work, and policies bind it${as}`);
  } catch (error) {
    if (error instanceof AccessMissingError)
      return fail("postgres.access", `${service}: ${error.message}`, migrateTodo);
    if (error instanceof DatabaseAccessError)
      return fail("postgres.access", `${service}: ${error.message}`, "Do as it says.");
    throw error;
  } finally {
    await pool.end();
  }
}
