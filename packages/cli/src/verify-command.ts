import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { type ApiAccess, ApiError, apiRequest } from "./api-request.ts";
import { type Command, type CommandContext, exitCodes } from "./command.ts";
import { flag, oneAccount, parseArguments } from "./parse-arguments.ts";
import { renderLedger } from "./render-ledger.ts";
import { renderVerification, renderVerificationProgress } from "./render-verification.ts";
import type { SyncResource } from "./sync-resource.ts";
import { type VerificationResource, verificationResource } from "./verification-resource.ts";
import { type WatchOutput, watchSync } from "./watch-sync.ts";

export const verifyCommand: Command = {
  usage: `usage: millrace verify ACCOUNT_ID [--repair] [--json]

Lists the provider's ids and labels again and compares them with the store: missing, extra, changed. What happens in
the mailbox meanwhile is not judged. It runs in the background: interrupted here, it goes on there.

options:
  --repair  a sync takes in exactly what is found, and is shown until its end
  --json    prints one line of JSON: the verification, with the repair's sync as "repairSync" (or null)

exit code: 0 when nothing differs or the repair completed, 1 when differences remain, 2 when the command cannot be
carried out or the verification failed
`,
  run: async (args, context) => {
    const { values, positionals } = parseArguments(args, { repair: flag, json: flag }, oneAccount);
    const path = `/v1/accounts/${encodeURIComponent(positionals[0] ?? "")}/verify`;
    const body = { repair: values.repair };
    const call = { method: "POST", body } as const;
    const { links } = await apiRequest(context.access, path, acceptedSchema, call);
    return report(links.self, values.json, context);
  },
};

const acceptedSchema = z.looseObject({ links: z.looseObject({ self: z.string() }) });

async function report(
  path: string,
  json: boolean,
  { stdout, stderr, access }: CommandContext,
): Promise<number> {
  const output = json ? stderr : stdout;
  const verification = await follow(access, path, output);
  if (!json) output.write(`${renderVerification(verification)}\n`);
  const { repairSyncId } = verification;
  const repairSync =
    repairSyncId === null ? null : await watchSync(access.url, access.key, repairSyncId, { output });
  if (!json && repairSync !== null) output.write(`${renderLedger(repairSync.ledger)}\n`);
  if (json) stdout.write(`${JSON.stringify({ ...verification, repairSync })}\n`);
  return exitCodeOf(verification, repairSync);
}

function exitCodeOf(
  { status, missing, extra, changed }: VerificationResource,
  repair: SyncResource | null,
): number {
  if (status !== "completed") return exitCodes.failed;
  const isSame = missing === 0 && extra === 0 && changed === 0;
  return isSame || repair?.status === "completed" ? exitCodes.done : exitCodes.unfinished;
}

const lookEveryMs = 500;
const tellEveryMs = 2_000;
const silenceMsMax = 120_000;

/** Looks at a verification until its end. The API may restart meanwhile. */
async function follow(access: ApiAccess, path: string, output: WatchOutput): Promise<VerificationResource> {
  const clear = output.isTTY ? "\r\u001b[2K" : "";
  let heardMs = performance.now();
  let toldMs = Number.NEGATIVE_INFINITY;
  let told = "";
  for (;;) {
    const verification = await look(access, path, heardMs);
    if (verification !== null) {
      heardMs = performance.now();
      if (verification.status !== "running") {
        output.write(clear);
        return verification;
      }
      const line = renderVerificationProgress(verification);
      if (line !== told && heardMs - toldMs >= (output.isTTY ? 0 : tellEveryMs)) {
        output.write(output.isTTY ? `${clear}${line}` : `${line}\n`);
        [told, toldMs] = [line, heardMs];
      }
    }
    await sleep(lookEveryMs);
  }
}

/** Null when the API does not answer for the moment. */
async function look(access: ApiAccess, path: string, heardMs: number): Promise<VerificationResource | null> {
  try {
    return await apiRequest(access, path, verificationResource);
  } catch (error) {
    const isRefused = error instanceof ApiError && error.status < 500 && error.status !== 429;
    if (isRefused || performance.now() - heardMs > silenceMsMax) throw error;
    return null;
  }
}
