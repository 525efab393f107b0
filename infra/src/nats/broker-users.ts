import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tenantIdSchema } from "@millrace/shared/events/identifiers";
import type { Outsider } from "@millrace/shared/nats/permissions";
import { serviceNames } from "@millrace/shared/nats/service-rights";
import { nkeys } from "@nats-io/transport-node";
import { z } from "zod";
import { accountsConfiguration, operator } from "./accounts-configuration.ts";

/** The users of a broker: their seeds, one a file, and the configuration that makes a server know them. */
export interface BrokerUsers {
  /** For the server to include. */
  readonly accountsFile: string;
  /** The file with a user's seed: `NATS_NKEY_SEED_FILE`, or `--nkey` of the nats command line. */
  seedFile(user: string): string;
  readonly outsiders: readonly Outsider[];
}

const outsidersMax = 10_000;
const asksMax = 100_000;
/** Each takes four filters of one consumer, which the broker compares with each fact. */
const followsMax = 100;
const reserved: ReadonlySet<string> = new Set([...serviceNames, operator]);
const outsiderSchema = z.object({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, "a name has 1 to 32 small letters, digits, '_' or '-'")
    .refine((name) => !reserved.has(name), "the name is that of a service"),
  asks: z.array(tenantIdSchema).max(asksMax),
  follows: z.array(tenantIdSchema).max(followsMax),
});
const keysSchema = z.record(z.string(), z.string().regex(/^U[A-Z2-7]{55}$/));
const outsidersSchema = z
  .array(outsiderSchema.refine(({ asks, follows }) => asks.length + follows.length > 0, "which tenants?"))
  .max(outsidersMax);

export const seedFileIn = (folder: string, user: string): string => join(folder, "seeds", `${user}.nk`);

interface UsersChange {
  /** What becomes of the other services that the folder has. */
  readonly outsiders?: (before: readonly Outsider[]) => readonly Outsider[];
  /** Users who get another seed: the server knows the old one no more. */
  readonly renewed?: ReadonlySet<string>;
}

/**
 * Makes the seeds of users who have none yet, and writes the server's configuration of accounts and users anew. Public
 * keys are remembered, so that seeds can be moved to where they are used, and it can be run as often as one likes.
 *
 * @throws Error that says which other service cannot be, or who is not there
 */
export function prepareBrokerUsers(folder: string, change: UsersChange = {}): BrokerUsers {
  const { outsiders: changed = (before) => before, renewed = new Set() } = change;
  mkdirSync(folder, { recursive: true }); // the server reads the accounts, and nobody but us the seeds
  mkdirSync(join(folder, "seeds"), { recursive: true, mode: 0o700 });
  const [outsidersFile, keysFile] = [join(folder, "outsiders.json"), join(folder, "public-keys.json")];
  const outsiders = parseOutsiders(changed(parseOutsiders(readJson(outsidersFile) ?? [])));
  const known = keysSchema.parse(readJson(keysFile) ?? {});
  const seedFile = (user: string): string => seedFileIn(folder, user);
  const names = [...reserved, ...outsiders.map(({ name }) => name)];
  const nobody = [...renewed].find((user) => !names.includes(user));
  if (nobody !== undefined) throw new Error(`There is no user ${nobody}; there are ${names.join(", ")}.`);
  const keys = new Map(
    names.map((user) => [
      user,
      publicKeyOf(seedFile(user), renewed.has(user) ? null : (known[user] ?? null)),
    ]),
  );
  replaceFile(outsidersFile, `${JSON.stringify(outsiders, null, 2)}\n`);
  replaceFile(keysFile, `${JSON.stringify(Object.fromEntries(keys), null, 2)}\n`);
  const accountsFile = join(folder, "accounts.conf");
  replaceFile(
    accountsFile,
    accountsConfiguration((user) => keys.get(user) ?? "", outsiders),
  );
  return { accountsFile, seedFile, outsiders };
}

function parseOutsiders(value: unknown): readonly Outsider[] {
  const parsed = outsidersSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`Other service ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "unknown"}`);
}

/** @param known null: a new seed is made, whatever is there */
function publicKeyOf(file: string, known: string | null): string {
  if (known !== null) return known;
  const key = nkeys.createUser();
  rmSync(file, { force: true });
  writeFileSync(file, `${Buffer.from(key.getSeed()).toString()}\n`, { mode: 0o600, flag: "wx" });
  return key.getPublicKey();
}

const readJson = (file: string): unknown =>
  existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;

/** A server that is reloaded meanwhile reads the old one or the new one. */
function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.next`, text, { mode: 0o644 });
  renameSync(`${file}.next`, file);
}
