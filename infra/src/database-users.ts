import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type ServiceName, serviceNames } from "@millrace/shared/nats/service-rights";
import {
  type DatabaseUser,
  databaseOf,
  databaseUsersSql,
  runSql,
  urlOf,
  userNameOf,
} from "./postgres/database-users.ts";
import { runCommand } from "./process/run-command.ts";

const usage = `usage: npm run database-users -- FOLDER URL [options]

Makes a user of a Postgres for each service, who may do what that service does and sees no tenant that it does not name.
FOLDER/<service>.url is what the service is given: DATABASE_URL_FILE. FOLDER/database-users.sql is for whoever may make
roles; it bears no password. URL is that of the database, as its owner or without a user.

  --run             runs the SQL, with the user of URL
  --renew SERVICE   another password for a service's user, because the old one was lost or seen; may be repeated
  --help            this text
`;

/** `npm run database-users`: users of a database of one's own. */
await runCommand(run);

async function run(args: readonly string[], cwd: string): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      run: { type: "boolean", default: false },
      renew: { type: "string", multiple: true, default: [] },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const [folder, url] = positionals;
  if (values.help || folder === undefined || url === undefined || positionals.length > 2) {
    process[values.help ? "stdout" : "stderr"].write(usage);
    return values.help ? 0 : 2;
  }
  const nobody = values.renew.find((name) => !serviceNames.includes(name as ServiceName));
  if (nobody !== undefined)
    throw new Error(`There is no service ${nobody}; there are ${serviceNames.join(", ")}.`);
  const root = resolve(cwd, folder);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const users = serviceNames.map((service) => userIn(root, service, url, values.renew.includes(service)));
  const statements = databaseUsersSql(users, databaseOf(url));
  const sqlFile = join(root, "database-users.sql");
  writeFileSync(sqlFile, `${statements.join(";\n")};\n`);
  if (values.run) await runSql(url, statements);
  const lines = users.map(({ service }) => `${service.padEnd(10)}${urlFileIn(root, service)}\n`);
  process.stdout.write(`${lines.join("")}${"SQL".padEnd(10)}${sqlFile}${values.run ? " (was run)" : ""}\n`);
  return 0;
}

function urlFileIn(folder: string, service: ServiceName): string {
  return join(folder, `${service}.url`);
}

/** A password is made once, and stays. */
function userIn(folder: string, service: ServiceName, url: string, isRenewed: boolean): DatabaseUser {
  const file = urlFileIn(folder, service);
  const known = existsSync(file) && !isRenewed ? new URL(readFileSync(file, "utf8").trim()).password : "";
  const user = { service, name: userNameOf(service), password: known || randomBytes(24).toString("hex") };
  writeFileSync(file, `${urlOf(user, url)}\n`, { mode: 0o600 });
  return user;
}
