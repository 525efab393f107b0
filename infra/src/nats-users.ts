import { copyFileSync, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Outsider } from "@millrace/shared/nats/permissions";
import { serviceNames } from "@millrace/shared/nats/service-rights";
import { operator } from "./nats/accounts-configuration.ts";
import { prepareBrokerUsers } from "./nats/broker-users.ts";
import { makeFollowers } from "./nats/make-followers.ts";
import { runCommand } from "./process/run-command.ts";

const usage = `usage: npm run nats-users -- FOLDER [options]

Makes the users of a NATS server for Millrace: a seed for each in FOLDER/seeds, and FOLDER/accounts.conf for the server
to include, with accounts, users and permissions. FOLDER/nats-server.conf is a configuration to begin with. A seed is
made once and can be moved to where it is used. Reload the server afterwards: nats-server --signal reload

  --publisher NAME=TENANT[,TENANT]   another service that may ask for syncs of these tenants
  --follower NAME=TENANT[,TENANT]    another service that may read these tenants' facts
  --remove NAME                      another service that the server is to know no more
  --renew USER                       a user who gets another seed, because the old one was lost or seen
  --server URL                       a server that runs with these users: makes on it what followers read from
  --ca FILE                          who signed the server's certificate, in PEM
  --cluster                          the configuration to begin with is that of a node of a cluster of three
  --help                             this text

What can be given several times: publisher, follower, remove, renew. A name may be both; its new tenants replace the old.
`;

const templates = (name: string): string => fileURLToPath(new URL(`../nats/${name}`, import.meta.url));

/** `npm run nats-users`: users and permissions for a broker of one's own. */
await runCommand(run);

async function run(args: readonly string[], cwd: string): Promise<number> {
  const { values, positionals } = readArguments(args);
  const [folder] = positionals;
  if (values.help || folder === undefined || positionals.length > 1) {
    process[values.help ? "stdout" : "stderr"].write(usage);
    return values.help ? 0 : 2;
  }
  const root = resolve(cwd, folder);
  const users = prepareBrokerUsers(root, {
    outsiders: (before) => changeOutsiders(before, values),
    renewed: new Set(values.renew),
  });
  if (values.cluster) {
    begin(templates("cluster/nats-server.conf"), join(root, "nats-server.conf"));
    begin(templates("cluster/cluster.conf"), join(root, "cluster.conf"));
  } else begin(templates("nats-server.conf"), join(root, "nats-server.conf"));
  const caFile = values.ca === undefined ? undefined : resolve(cwd, values.ca);
  if (values.server !== undefined) await makeFollowers(values.server, users, caFile);
  const names = [...serviceNames, operator, ...users.outsiders.map(({ name }) => name)];
  const width = Math.max(...names.map(({ length }) => length)) + 2;
  const lines = names.map((name) => `${name.padEnd(width)}${users.seedFile(name)}\n`);
  process.stdout.write(`${lines.join("")}${"server".padEnd(width)}${users.accountsFile}\n`);
  return 0;
}

/** What is there already is its owner's. */
function begin(template: string, file: string): void {
  if (!existsSync(file)) copyFileSync(template, file);
}

function readArguments(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      publisher: { type: "string", multiple: true, default: [] },
      follower: { type: "string", multiple: true, default: [] },
      remove: { type: "string", multiple: true, default: [] },
      renew: { type: "string", multiple: true, default: [] },
      server: { type: "string" },
      ca: { type: "string" },
      cluster: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
}

function changeOutsiders(
  before: readonly Outsider[],
  { publisher, follower, remove }: ReturnType<typeof readArguments>["values"],
): readonly Outsider[] {
  const outsiders = new Map(before.map((outsider) => [outsider.name, outsider]));
  for (const name of remove) outsiders.delete(name);
  for (const [asked, what] of [
    [publisher, "asks"],
    [follower, "follows"],
  ] as const) {
    for (const text of asked) {
      const [name = "", tenants = ""] = text.split("=");
      const known = outsiders.get(name) ?? { name, asks: [], follows: [] };
      outsiders.set(name, { ...known, [what]: tenants.split(",").filter(Boolean) });
    }
  }
  return [...outsiders.values()];
}
