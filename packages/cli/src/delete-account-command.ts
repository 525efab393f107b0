import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { ApiError, apiRequest } from "./api-request.ts";
import { type Command, type CommandContext, exitCodes, UsageError } from "./command.ts";
import { flag, oneAccount, parseArguments } from "./parse-arguments.ts";

export const deleteAccountCommand: Command = {
  usage: `usage: millrace delete-account ACCOUNT_ID --yes [--no-wait] [--json]

Removes an account with everything that is held on it: mail, attachments, audit trail, credentials, and the consent at
the provider. There is no way back; millrace export writes it to a file before. It runs in the background: interrupted
here, it goes on there.

options:
  --yes      says that you mean it
  --no-wait  ends when it is certain that it will be done
  --json     prints one line of JSON: {"accountId", "status"}, "removed" or "removing"

exit code: 0 when it is done (or asked for, with --no-wait), 2 when the command cannot be carried out
`,
  run: async (args, context) => {
    const options = { yes: flag, "no-wait": flag, json: flag };
    const { values, positionals } = parseArguments(args, options, oneAccount);
    if (!values.yes) throw new UsageError("This cannot be undone. Say --yes if you mean it.");
    const accountId = positionals[0] ?? "";
    const path = `/v1/accounts/${encodeURIComponent(accountId)}`;
    await apiRequest(context.access, path, acceptedSchema, { method: "DELETE" });
    const status = values["no-wait"] ? "removing" : await follow(path, context, values.json);
    if (values.json) context.stdout.write(`${JSON.stringify({ accountId, status })}\n`);
    else
      context.stdout.write(
        status === "removed" ? `${accountId} is removed.\n` : `${accountId} is being removed.\n`,
      );
    return exitCodes.done;
  },
};

const acceptedSchema = z.looseObject({ status: z.literal("removing") });

const lookEveryMs = 500;
const silenceMsMax = 120_000;

/** Looks until the account is there no more. The API may restart meanwhile. */
async function follow(
  path: string,
  { access, stdout, stderr }: CommandContext,
  json: boolean,
): Promise<"removed"> {
  (json ? stderr : stdout).write("being removed …\n");
  let heardMs = performance.now();
  for (;;) {
    try {
      await apiRequest(access, path, z.looseObject({}));
      heardMs = performance.now();
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return "removed";
      const isRefused = error instanceof ApiError && error.status < 500 && error.status !== 429;
      if (isRefused || performance.now() - heardMs > silenceMsMax) throw error;
    }
    await sleep(lookEveryMs);
  }
}
