import { randomBytes } from "node:crypto";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serviceNames } from "@millrace/shared/nats/service-rights";
import { operator } from "../nats/accounts-configuration.ts";
import { prepareBrokerUsers } from "../nats/broker-users.ts";
import { databaseUsersOf, urlOf } from "../postgres/database-users.ts";
import { demoOutsider, withDemoOutsider } from "../start/demo-outsider.ts";
import { prepareCertificates } from "./prepare-certificates.ts";
import { type KeyChange, prepareKeys } from "./prepare-keys.ts";
import { type Holder, type SecretStore, secretStoreIn } from "./secret-store.ts";

const serverConfiguration = fileURLToPath(new URL("../../nats/nats-server.conf", import.meta.url));
/** Who holds the seed of which user of the broker. */
const seedHolders: readonly (readonly [user: string, holder: Holder, file: string])[] = [
  ...serviceNames.map((name) => [name, name, "nats.nk"] as const),
  [operator, "demo", "operator.nk"],
  [demoOutsider, "demo", "nats.nk"],
];
const changes: Readonly<Record<string, KeyChange | undefined>> = {
  "": "keep",
  "--new-encryption-key": "add",
  "--retire-encryption-keys": "retire",
};

/**
 * Makes what compose.yaml's parts have to keep secret, each in a folder of its own: passwords, keys, seeds,
 * certificates. What is there stays, so it runs at each start; what was lost is made anew, but for the encryption
 * keys of credentials and the database's password, which nothing could replace.
 *
 * @param env MILLRACE_SECRETS_DIR, MILLRACE_BOOTSTRAP_TENANT, MILLRACE_DATABASE_HOST, MILLRACE_NATS_HOST
 * @param args what becomes of the encryption keys; they stay when nothing is said
 */
export async function prepareSecrets(env: NodeJS.ProcessEnv, args: readonly string[]): Promise<number> {
  const change = args.length > 1 ? undefined : changes[args[0] ?? ""];
  if (change === undefined) {
    process.stderr.write(`usage: setup [${Object.keys(changes).filter(Boolean).join(" | ")}]\n`);
    return 2;
  }
  const store = secretStoreIn(env.MILLRACE_SECRETS_DIR || "/run/millrace");
  const tenantId = env.MILLRACE_BOOTSTRAP_TENANT || "demo";
  await prepareCertificates(store, env.MILLRACE_NATS_HOST || "nats");
  prepareBroker(store, tenantId);
  prepareDatabase(store, env.MILLRACE_DATABASE_HOST || "postgres");
  prepareAccess(store);
  const names = prepareKeys(store, change);
  process.stdout.write("The secrets of all parts are in place.\n");
  if (change !== "keep") process.stdout.write(`Encryption keys, newest first: ${names.join(", ")}\n`);
  return 0;
}

function prepareBroker(store: SecretStore, tenantId: string): void {
  const lost = seedHolders.filter(([, holder, file]) => store.read(holder, file) === null);
  const users = prepareBrokerUsers(store.pathOf("setup", "nats-users"), {
    outsiders: (before) => withDemoOutsider(before, tenantId),
    renewed: new Set(lost.map(([user]) => user)),
  });
  for (const [user, holder, file] of lost) {
    const seed = store.read("setup", join("nats-users", "seeds", `${user}.nk`));
    if (seed === null) throw new Error(`The seed of the broker's user ${user} was not made.`);
    store.write(holder, file, seed);
    store.remove("setup", join("nats-users", "seeds", `${user}.nk`));
  }
  copyFileSync(users.accountsFile, store.pathOf("nats", "accounts.conf"));
  copyFileSync(serverConfiguration, store.pathOf("nats", "nats-server.conf"));
}

function prepareDatabase(store: SecretStore, host: string): void {
  const password = keep(store, "owner", "postgres-password", () => randomBytes(24).toString("hex"));
  const ownerUrl = `postgres://millrace:${password}@${host}:5432/millrace`;
  store.write("owner", "database.url", ownerUrl);
  for (const user of databaseUsersOf(ownerUrl))
    store.write(user.service, "database.url", urlOf(user, ownerUrl));
}

function prepareAccess(store: SecretStore): void {
  keep(store, "sync-api", "operator-key", () => `mro_${randomBytes(24).toString("base64url")}`);
  const key = keep(store, "sync-api", "bootstrap-key", () => `mr_${randomBytes(24).toString("base64url")}`);
  store.write("demo", "bootstrap-key", key);
}

function keep(store: SecretStore, holder: Holder, name: string, make: () => string): string {
  const known = store.read(holder, name);
  if (known !== null) return known;
  const made = make();
  store.write(holder, name, made);
  return made;
}
