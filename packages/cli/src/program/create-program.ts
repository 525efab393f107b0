import { createRequire } from "node:module";
import type { Command } from "@commander-js/extra-typings";
import { accountsCommand } from "../accounts/accounts-command.ts";
import { deleteAccountCommand } from "../accounts/delete-account-command.ts";
import { exportCommand } from "../accounts/export-command.ts";
import { verifyCommand } from "../accounts/verify-command.ts";
import { defaultUrl } from "../api/choose-target.ts";
import { completionCommand } from "../completion/completion-command.ts";
import { connectCommand } from "../connect/connect-command.ts";
import { encryptionKeysCommand } from "../database/encryption-keys-command.ts";
import { migrateCommand } from "../database/migrate-command.ts";
import { rebuildCommand } from "../database/rebuild-command.ts";
import { deadLettersCommand } from "../dead-letters/dead-letters-command.ts";
import { doctorCommand } from "../doctor/doctor-command.ts";
import { keysCommand } from "../keys/keys-command.ts";
import { loginCommand } from "../login/login-command.ts";
import { retentionCommand } from "../retention/retention-command.ts";
import { statusCommand } from "../status/status-command.ts";
import { controlCommands } from "../syncs/control-commands.ts";
import { syncCommand } from "../syncs/sync-command.ts";
import { syncsCommand } from "../syncs/syncs-command.ts";
import { watchCommand } from "../syncs/watch-command.ts";
import { tailCommand } from "../tail/tail-command.ts";
import { tenantsCommand } from "../tenants/tenants-command.ts";
import { upCommand } from "../up/up-command.ts";
import { createCommand, helpEnd, type Run } from "./create-command.ts";

const { version } = createRequire(import.meta.url)("../../package.json") as { readonly version: string };

const environment = `Environment:
  MILLRACE_URL    where the API is (${defaultUrl} when absent)
  MILLRACE_KEY    an API key; \`npm start\` prints one. \`millrace login\` saves both
  NO_COLOR        no colours

Wherever an account is asked for, its mailbox's address will do. All commands take --help, and all but up and completion --json.`;

/** Every command there is, in groups by what people come for. */
export function createProgram(run: Run): Command {
  const program = createCommand(run, "millrace")
    .description("Watches and controls Millrace.")
    .version(version, "-V, --version", "this version")
    .usage("COMMAND [options]")
    .addHelpText(
      "after",
      helpEnd(
        "0 when it is done, 1 when it ended otherwise, 2 when the command cannot be carried out",
        environment,
      ),
    );
  const groups: readonly [heading: string, commands: readonly unknown[]][] = [
    ["Begin:", [upCommand(run), loginCommand(run), connectCommand(run), doctorCommand(run)]],
    [
      "Look:",
      [
        statusCommand(run),
        watchCommand(run),
        tailCommand(run),
        accountsCommand(run),
        syncsCommand(run),
        tenantsCommand(run),
      ],
    ],
    [
      "Act:",
      [
        syncCommand(run),
        ...controlCommands(run),
        verifyCommand(run),
        deadLettersCommand(run),
        retentionCommand(run),
        keysCommand(run),
      ],
    ],
    [
      "Maintain:",
      [
        migrateCommand(run),
        rebuildCommand(run),
        encryptionKeysCommand(run),
        completionCommand(run, () => program),
      ],
    ],
  ];
  for (const [heading, commands] of groups)
    for (const command of commands) program.addCommand((command as Command).helpGroup(heading));
  // Where they were before their group was there.
  for (const command of [exportCommand(run), deleteAccountCommand(run, "delete-account")])
    program.addCommand(command as unknown as Command, { hidden: true });
  return program;
}
