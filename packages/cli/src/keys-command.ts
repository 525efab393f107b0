import { confirmKeyring } from "@millrace/shared/postgres/confirm-keyring";
import { Keyring, KeyringError } from "@millrace/shared/postgres/keyring";
import { type RotationReport, rotateKeys } from "@millrace/shared/postgres/rotate-keys";
import { type CommandOutput, parseCheckOptions, withDatabase } from "./database-command.ts";
import { describeDatabaseError } from "./describe-database-error.ts";

export const keysUsage = `usage:
  millrace keys rotate            puts all sealed credentials under the first key of MILLRACE_ENCRYPTION_KEYS
  millrace keys rotate --check    says how much is under other keys, and changes nothing

To change the key: put a new one in front of the others and start the services anew, so that all of them can open what it
seals; run this while they run; take the keys that it names as retired out of the list.

options:
  --check   look only
  --json    prints one line of JSON:
            {"moved":…,"already":…,"overtaken":…,"unreadable":[{"table":…,"key":…,"reason":…}],"retired":[…]}
            overtaken: somebody else sealed it anew meanwhile; with --check "moved" is what would be
  --help    this text

environment:
  DATABASE_URL               the Postgres that the services use, as its owner
  MILLRACE_ENCRYPTION_KEYS   as the services have it

exit code: 0 when all is under the first key, 1 when something does not open (with --check: or is under another key),
2 when the command cannot be carried out
`;

/**
 * `millrace keys rotate`.
 *
 * @param args what follows `keys`
 * @returns the exit code
 */
export async function keysCommand(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { stdout, stderr }: CommandOutput,
): Promise<number> {
  const refuse = (text: string): number => {
    stderr(text);
    return 2;
  };
  const options = parseCheckOptions(args, "keys rotate");
  if (typeof options === "string") return refuse(`${options}\n\n${keysUsage}`);
  if (options.help) {
    stdout(keysUsage);
    return 0;
  }
  const { DATABASE_URL: databaseUrl, MILLRACE_ENCRYPTION_KEYS: keys } = env;
  if (!databaseUrl) return refuse("DATABASE_URL is not set: name the Postgres that the services use.\n");
  if (!keys) return refuse("MILLRACE_ENCRYPTION_KEYS is not set: give it as the services have it.\n");
  try {
    const report = await rotate(databaseUrl, Keyring.parse(keys), options.check, stderr);
    stdout(options.json ? `${JSON.stringify(report)}\n` : rendered(report, options.check));
    return report.unreadable.length > 0 || (options.check && report.moved > 0) ? 1 : 0;
  } catch (error) {
    if (error instanceof KeyringError) return refuse(`${error.message}\n`);
    return refuse(`${describeDatabaseError(error, databaseUrl)}\n`);
  }
}

function rotate(
  databaseUrl: string,
  keyring: Keyring,
  check: boolean,
  stderr: CommandOutput["stderr"],
): Promise<RotationReport> {
  return withDatabase(databaseUrl, "rotate", stderr, async (pool, tell) => {
    if (!check) await confirmKeyring(pool, keyring);
    const onProgress = (rows: number): void => tell(() => `${rows.toLocaleString("en")} rows`);
    return rotateKeys(pool, keyring, { check, onProgress });
  });
}

function rendered(
  { moved, already, overtaken, unreadable, retired }: RotationReport,
  check: boolean,
): string {
  const lines = [
    `${moved} ${check ? "are under other keys" : "moved to the first key"}, ${already + overtaken} are under it`,
    ...unreadable.map(({ table, key, reason }) => `${table} ${key}: ${reason}`),
    ...(retired.length === 0 ? [] : [`No longer needed: ${retired.join(", ")}`]),
  ];
  return `${lines.join("\n")}\n`;
}
