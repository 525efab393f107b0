#!/usr/bin/env node
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { z } from "zod";
import { type ApiAccess, apiRequest } from "./api-request.ts";
import { rebuildCommand } from "./rebuild-command.ts";
import { renderLedger } from "./render-ledger.ts";
import type { SyncResource } from "./sync-resource.ts";
import { watchSync } from "./watch-sync.ts";

const usage = `usage:
  millrace sync ACCOUNT_ID    asks for a sync of an account and shows it until its end
  millrace watch SYNC_ID      shows a sync until its end
  millrace rebuild            builds the views anew from the stored events; \`millrace rebuild --help\`

options:
  --json    prints the sync as it ended as one line of JSON on standard output; progress goes to standard error
  --help    this text

environment:
  MILLRACE_URL    where the API is (http://127.0.0.1:8750 when absent)
  MILLRACE_KEY    an API key; \`npm start\` prints one

exit code: 0 when the sync completed, 1 when it ended otherwise, 2 when the command cannot be carried out
`;

process.exitCode = await run(process.argv.slice(2));

async function run(args: string[]): Promise<number> {
  const [name, ...after] = args;
  if (name === "rebuild") {
    return rebuildCommand(after, process.env.DATABASE_URL, {
      stdout: (text) => process.stdout.write(text),
      stderr: (text) => process.stderr.write(text),
    });
  }
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) {
      process.stdout.write(usage);
      return 0;
    }
    const [command, id, ...rest] = positionals;
    if (!id || rest.length > 0 || (command !== "watch" && command !== "sync")) return refuse(usage);
    const key = process.env.MILLRACE_KEY;
    if (!key) return refuse("MILLRACE_KEY is not set; `npm start` prints a key.\n");
    const access = { url: process.env.MILLRACE_URL ?? "http://127.0.0.1:8750", key };
    const syncId = command === "sync" ? await requestSync(access, id) : id;
    const output = values.json ? process.stderr : process.stdout;
    const sync = await watchSync(access.url, access.key, syncId, { output });
    report(sync, values.json);
    return sync.status === "completed" ? 0 : 1;
  } catch (error) {
    return refuse(`${error instanceof Error ? explain(error) : String(error)}\n`);
  }
}

async function requestSync(access: ApiAccess, accountId: string): Promise<string> {
  const { syncId } = await apiRequest(access, "/v1/syncs", z.object({ syncId: z.string() }), {
    method: "POST",
    body: { accountId, mode: "auto" },
    headers: { "idempotency-key": randomUUID() },
  });
  return syncId;
}

function report(sync: SyncResource, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(sync)}\n`);
    return;
  }
  process.stdout.write(`${renderLedger(sync.ledger)}\n`);
  if (sync.failure) process.stdout.write(`  ${sync.failure.category}: ${sync.failure.message}\n`);
}

function refuse(text: string): number {
  process.stderr.write(text);
  return 2;
}

/** `fetch failed` says nothing: the cause below it does. */
function explain(error: Error): string {
  const cause = error.cause;
  return cause instanceof Error && cause.message ? `${error.message}: ${cause.message}` : error.message;
}
