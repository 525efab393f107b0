import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type ApiAccess, apiRequest } from "./api-request.ts";
import { type Command, type CommandContext, exitCodes } from "./command.ts";
import { flag, oneAccount, oneSync, parseArguments } from "./parse-arguments.ts";
import { renderLedger } from "./render-ledger.ts";
import { watchSync } from "./watch-sync.ts";

const options = `
options:
  --json    prints the sync as it ended as one line of JSON on standard output; progress goes to standard error

exit code: 0 when the sync completed, 1 when it ended otherwise, 2 when the command cannot be carried out
`;

export const syncCommand: Command = {
  usage: `usage: millrace sync ACCOUNT_ID [--json]

Asks for a sync of an account and shows it until its end.
${options}`,
  run: async (args, context) => {
    const { values, positionals } = parseArguments(args, { json: flag }, oneAccount);
    const [accountId = ""] = positionals;
    return showSync(await requestSync(context.access, accountId), values.json, context);
  },
};

export const watchCommand: Command = {
  usage: `usage: millrace watch SYNC_ID [--json]

Shows a sync until its end.
${options}`,
  run: async (args, context) => {
    const { values, positionals } = parseArguments(args, { json: flag }, oneSync);
    const [syncId = ""] = positionals;
    return showSync(syncId, values.json, context);
  },
};

async function requestSync(access: ApiAccess, accountId: string): Promise<string> {
  const { syncId } = await apiRequest(access, "/v1/syncs", z.object({ syncId: z.string() }), {
    method: "POST",
    body: { accountId, mode: "auto" },
    headers: { "idempotency-key": randomUUID() },
  });
  return syncId;
}

async function showSync(
  syncId: string,
  json: boolean,
  { stdout, stderr, access }: CommandContext,
): Promise<number> {
  const sync = await watchSync(access.url, access.key, syncId, { output: json ? stderr : stdout });
  if (json) stdout.write(`${JSON.stringify(sync)}\n`);
  else {
    stdout.write(`${renderLedger(sync.ledger)}\n`);
    if (sync.failure) stdout.write(`  ${sync.failure.category}: ${sync.failure.message}\n`);
  }
  return sync.status === "completed" ? exitCodes.done : exitCodes.unfinished;
}
