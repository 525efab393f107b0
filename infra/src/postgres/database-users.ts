import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { type ServiceName, serviceNames } from "@millrace/shared/nats/service-rights";
import { roleOf } from "@millrace/shared/postgres/database-rights";
import pg from "pg";

/** A user of the database, who is one service's and no other's. */
export interface DatabaseUser {
  readonly service: ServiceName;
  readonly name: string;
  readonly password: string;
}

export type ServiceUrls = Readonly<Record<ServiceName, string>>;

/** The roles have the services' names already; these log in. */
export const userNameOf = (service: ServiceName): string => `${roleOf(service)}_login`;

/** The URL by which a user comes to the database that another URL names. */
export function urlOf({ name, password }: DatabaseUser, databaseUrl: string): string {
  const url = new URL(databaseUrl);
  [url.username, url.password] = [name, password];
  return url.href;
}

/**
 * A user for each service of a server of ours. Passwords follow from the owner's, which nobody finds out by one of
 * them: so they need no place of their own, and are the same each time.
 *
 * @param ownerUrl bears the owner's password
 */
export function databaseUsersOf(ownerUrl: string): DatabaseUser[] {
  const secret = decodeURIComponent(new URL(ownerUrl).password);
  return serviceNames.map((service) => ({
    service,
    name: userNameOf(service),
    password: createHmac("sha256", secret).update(`millrace user ${service}`).digest("hex"),
  }));
}

/** Makes the users of {@link databaseUsersOf}, and gives the URLs by which they come. */
export async function makeDatabaseUsers(ownerUrl: string): Promise<ServiceUrls> {
  const users = databaseUsersOf(ownerUrl);
  await runSql(ownerUrl, databaseUsersSql(users, databaseOf(ownerUrl)));
  const urls = users.map((user) => [user.service, urlOf(user, ownerUrl)]);
  return Object.fromEntries(urls) as unknown as ServiceUrls;
}

export const databaseOf = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1));

export async function runSql(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const sql of statements) await client.query(sql);
  } finally {
    await client.end();
  }
}

/** What whoever may make roles runs, once or again. It bears no password. */
export function databaseUsersSql(users: readonly DatabaseUser[], database: string): string[] {
  return users.flatMap(({ service, name, password }) => [
    createRoleSql(roleOf(service), "nologin"),
    createRoleSql(name, "login"),
    `alter role ${name} password '${scramVerifier(password)}'`,
    `grant ${roleOf(service)} to ${name}`,
    `grant connect on database ${pg.escapeIdentifier(database)} to ${name}`,
  ]);
}

const createRoleSql = (role: string, how: string): string =>
  `do $$ begin if not exists (select from pg_roles where rolname = '${role}') then create role ${role} ${how}; end if; end $$`;

const scramIterations = 4_096;

/** What a server keeps of a password (RFC 5803): with it nobody can log in. The password is ASCII. */
function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, scramIterations, 32, "sha256");
  const keyOf = (name: string): Buffer => createHmac("sha256", salted).update(name).digest();
  const storedKey = createHash("sha256").update(keyOf("Client Key")).digest("base64");
  const serverKey = keyOf("Server Key").toString("base64");
  return `SCRAM-SHA-256$${scramIterations}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}
