import { createMillrace } from "@millrace/client";
import { defaultUrl, isHttpUrl, type Target } from "../api/choose-target.ts";
import { explainTo, typedKey } from "../api/explain-error.ts";
import { isOperatorKey } from "../api/is-operator-key.ts";
import { defaultProfile, profilesFile, saveProfile } from "../api/profiles.ts";
import { createCommand, ending, helpEnd, type Run } from "../program/create-command.ts";
import { CommandError, exitCodes } from "../program/exit-codes.ts";
import { readSecret } from "../terminal/read-secret.ts";

const more = `The key comes from standard input: typed, or piped (\`pass millrace | millrace login\`). It is tried before it is saved.
MILLRACE_URL and MILLRACE_KEY go before what is saved, --profile goes before both.`;

export const loginCommand = (run: Run) =>
  createCommand(run, "login")
    .summary("saves which Millrace is spoken to, and the key")
    .description(
      "Saves in ~/.config/millrace/config.json, for your eyes only, which Millrace is spoken to and with which key.",
    )
    .option("--url <url>", `where the API is (MILLRACE_URL, else ${defaultUrl})`)
    .option("--profile <name>", `under which name, for several (${defaultProfile})`, defaultProfile)
    .option("--json", 'one line of JSON: {"profile", "url", "file"}', false)
    .addHelpText("after", helpEnd("0 when it is saved, 2 when the key does not open it", more))
    .action(
      ending(run, async ({ profile, json, ...options }) => {
        const { env, stdout } = run.world;
        const url = options.url ?? (env.MILLRACE_URL || defaultUrl);
        if (!isHttpUrl(url)) throw new CommandError(`The URL must look like ${defaultUrl}, and is "${url}".`);
        const key = await readSecret(run.world, `A key for ${url}: `);
        if (!/^mro?_\S+$/.test(key))
          throw new CommandError("That is no key: they begin with mr_ (a tenant's) or mro_ (an operator's).");
        const urlFrom = options.url === undefined && env.MILLRACE_URL ? "MILLRACE_URL" : "--url";
        await tryKey({ url, key, urlFrom, keyFrom: typedKey });
        const file = profilesFile(env);
        saveProfile(file, profile, { url, key });
        stdout.write(
          json ? `${JSON.stringify({ profile, url, file })}\n` : `Saved in ${file} as "${profile}".\n`,
        );
        return exitCodes.done;
      }),
    );

/** @throws CommandError when nobody is there, or the key is not known; of what was typed, and not of what is saved or set */
async function tryKey(target: Target): Promise<void> {
  const { url, key } = target;
  const millrace = createMillrace({ baseUrl: url, key, retries: 0, answerMsMax: 15_000 });
  try {
    await (isOperatorKey(key) ? millrace.tenants.list({ limit: 1 }).page() : millrace.tenant.get());
  } catch (cause) {
    const { found, todo } = explainTo(cause, target);
    throw new CommandError(todo === null ? found : `${found}\n${todo}`, { cause });
  }
}
