#!/usr/bin/env node
import { type Command, UsageError } from "./command.ts";
import { controlCommand } from "./control-command.ts";
import { deadLettersCommand } from "./dead-letters-command.ts";
import { deleteAccountCommand } from "./delete-account-command.ts";
import { exportCommand } from "./export-command.ts";
import { keysCommand } from "./keys-command.ts";
import { rebuildCommand } from "./rebuild-command.ts";
import { syncCommand, watchCommand } from "./sync-command.ts";
import { verifyCommand } from "./verify-command.ts";

const usage = `usage:
  millrace sync ACCOUNT_ID        asks for a sync of an account and shows it until its end
  millrace watch SYNC_ID          shows a sync until its end
  millrace pause SYNC_ID          pauses a sync; resume, cancel and retry are used alike
  millrace verify ACCOUNT_ID      compares a mailbox with the store, and repairs with --repair
  millrace export ACCOUNT_ID      writes everything that is held on an account to a file
  millrace delete-account ACCOUNT_ID   removes an account, with everything that is held on it
  millrace dead-letters           shows messages that were set aside, and redrives them
  millrace rebuild                builds the views anew from the stored events
  millrace keys rotate            puts all credentials under the newest encryption key

options:
  --json    one line of JSON on standard output; progress goes to standard error
  --help    this text, or that of a command

environment:
  MILLRACE_URL    where the API is (http://127.0.0.1:8750 when absent)
  MILLRACE_KEY    an API key; \`npm start\` prints one

exit code: 0 when it is done, 1 when it ended otherwise, 2 when the command cannot be carried out
`;

const commands: Readonly<Record<string, Command>> = {
  sync: syncCommand,
  watch: watchCommand,
  verify: verifyCommand,
  pause: controlCommand("pause"),
  resume: controlCommand("resume"),
  cancel: controlCommand("cancel"),
  retry: controlCommand("retry"),
  "dead-letters": deadLettersCommand,
  "delete-account": deleteAccountCommand,
  export: exportCommand,
};

process.exitCode = await run(process.argv.slice(2));

async function run([name = "", ...args]: string[]): Promise<number> {
  const output = {
    stdout: (text: string) => process.stdout.write(text),
    stderr: (text: string) => process.stderr.write(text),
  };
  if (name === "rebuild") return rebuildCommand(args, process.env.DATABASE_URL, output);
  if (name === "keys") return keysCommand(args, process.env, output);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const isHelp = [name, ...args].some((arg) => arg === "--help" || arg === "-h");
  if (isHelp && (command !== undefined || name.startsWith("-"))) {
    process.stdout.write(command?.usage ?? usage);
    return 0;
  }
  if (command === undefined)
    return refuse(`${name === "" ? "Name a command." : `There is no command "${name}".`}\n\n${usage}`);
  const key = process.env.MILLRACE_KEY;
  if (!key) return refuse("MILLRACE_KEY is not set; `npm start` prints a key.\n");
  const access = { url: process.env.MILLRACE_URL || "http://127.0.0.1:8750", key };
  if (!/^https?:/.test(access.url) || !URL.canParse(access.url))
    return refuse(`MILLRACE_URL must look like http://127.0.0.1:8750, and is "${access.url}".\n`);
  try {
    return await command.run(args, { stdout: process.stdout, stderr: process.stderr, access });
  } catch (error) {
    if (error instanceof UsageError) return refuse(`${error.message}\n\n${command.usage}`);
    return refuse(`${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function refuse(text: string): number {
  process.stderr.write(text);
  return 2;
}
