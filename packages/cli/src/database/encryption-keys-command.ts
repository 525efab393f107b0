import type { Keyring } from "@millrace/shared/postgres/keyring";
import type { RotationReport } from "@millrace/shared/postgres/rotate-keys";
import { withSecretFiles } from "@millrace/shared/runtime/with-secret-files";
import { createCommand, ending, helpEnd, type Run } from "../program/create-command.ts";
import { CommandError, exitCodes } from "../program/exit-codes.ts";
import type { Env } from "../program/surroundings.ts";
import { databaseUrlOf, ownerEnvironment, withDatabase } from "./with-database.ts";

export const encryptionKeysCommand = (run: Run) => {
  const group = createCommand(run, "encryption-keys")
    .summary("puts all credentials under the newest encryption key")
    .description("The keys that seal credentials, MILLRACE_ENCRYPTION_KEYS.");
  group.addCommand(rotateCommand(run));
  return group;
};

const how = `To change the key: put a new one in front of the others and start the services anew, so that all of them can open what
it seals; run this while they run; take the keys that it names as retired out of the list.

Format of --json:
  {"moved":…,"already":…,"overtaken":…,"unreadable":[{"table":…,"key":…,"reason":…}],"retired":[…]}
  overtaken: somebody else sealed it anew meanwhile; with --check "moved" is what would be

${ownerEnvironment}
  MILLRACE_ENCRYPTION_KEYS    as the services have it (or MILLRACE_ENCRYPTION_KEYS_FILE)`;

const rotateCommand = (run: Run) =>
  createCommand(run, "rotate")
    .summary("puts all sealed credentials under the first key of MILLRACE_ENCRYPTION_KEYS")
    .description(
      "Puts all sealed credentials under the first key of MILLRACE_ENCRYPTION_KEYS, without opening them, while services run.",
    )
    .option("--check", "says how much is under other keys, and changes nothing", false)
    .option("--json", "one line of JSON, see below", false)
    .addHelpText(
      "after",
      helpEnd(
        "0 when all is under the first key, 1 when something does not open (with --check: or is under another key), 2 when the command cannot be carried out",
        how,
      ),
    )
    .action(
      ending(run, async ({ check, json }) => {
        const { stdout, stderr, env } = run.world;
        const [{ confirmKeyring }, { rotateKeys }] = await Promise.all([
          import("@millrace/shared/postgres/confirm-keyring"),
          import("@millrace/shared/postgres/rotate-keys"),
        ]);
        const keyring = await keyringOf(env);
        const report = await withDatabase(databaseUrlOf(env), "rotate", stderr, async (pool, { tell }) => {
          if (!check) await confirmKeyring(pool, keyring);
          const onProgress = (rows: number): void => tell(() => `${rows.toLocaleString("en")} rows`);
          return rotateKeys(pool, keyring, { check, onProgress });
        });
        stdout.write(json ? `${JSON.stringify(report)}\n` : rendered(report, check));
        const isLeft = report.unreadable.length > 0 || (check && report.moved > 0);
        return isLeft ? exitCodes.unfinished : exitCodes.done;
      }),
    );

async function keyringOf(env: Env): Promise<Keyring> {
  const { Keyring } = await import("@millrace/shared/postgres/keyring");
  const { MILLRACE_ENCRYPTION_KEYS: keys } = withSecretFiles(env);
  if (!keys) throw new CommandError("MILLRACE_ENCRYPTION_KEYS is not set: give it as the services have it.");
  return Keyring.parse(keys);
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
