import { operator } from "./nats/accounts-configuration.ts";
import { createProcessTable } from "./process/process-table.ts";
import { AlreadyRunningError, claimRun } from "./process/run-record.ts";
import { type Announcer, createAnnouncer } from "./start/announce.ts";
import { checkDemoSource } from "./start/check-demo-source.ts";
import { checkout, type DataFolder, locateDataFolder, prepareDataFolder } from "./start/data-folder.ts";
import { describeDemo, isProven } from "./start/describe-demo.ts";
import { forgottenMailboxes } from "./start/forgotten-mailboxes.ts";
import { type MailSource, mailSourceOf } from "./start/mail-source.ts";
import { type DemoResult, runDemo } from "./start/run-demo.ts";
import { parseStartOptions, type StartOptions, startUsage, UsageError } from "./start/start-options.ts";
import { type Stack, startStack } from "./start/start-stack.ts";
import { createStopSignal } from "./start/stop-signal.ts";

/** `npm start`: everything from a checkout to a synced demo mailbox, until Ctrl-C. */
try {
  const options = parseStartOptions(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
  if (options.help) process.stdout.write(startUsage);
  else process.exitCode = await run(options);
} catch (error) {
  process.exitCode = explain(error);
}
// Nothing is left to do; what still holds the event loop (an idle connection) need not.
process.exit();

async function run(options: StartOptions): Promise<number> {
  checkDemoSource(options.demo);
  const source = mailSourceOf(process.env, options);
  process.chdir(checkout);
  const output = options.json ? process.stderr : process.stdout;
  // A terminal that went away must not keep us from stopping the rest.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  const announcer = createAnnouncer(output);
  const data = locateDataFolder(process.env);
  prepareDataFolder(data);
  const record = await claimRun(data.runFile, (found) =>
    announcer.line(
      `Stopping what an interrupted start has left: ${found.map(({ name }) => name).join(", ")}`,
    ),
  );
  const table = createProcessTable(record);
  process.once("exit", () => table.killAll());
  const stop = createStopSignal({
    onAgain: () => {
      announcer.line("Stopping at once.");
      table.killAll();
    },
  });
  try {
    return await serve({ options, source, announcer, data, table, stop });
  } catch (error) {
    if (stop.signal.aborted) return 130;
    return explain(error);
  } finally {
    stop.abort();
    await announcer.step(
      "Stopping",
      () => table.stopAll(),
      () => "Everything stopped",
    );
    record.release();
  }
}

/** Tells a person what went wrong. @returns the exit code: 2 for what the person can mend, 1 for the rest. */
function explain(error: unknown): number {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  const detail = cause instanceof Error && !message.includes(cause.message) ? `: ${cause.message}` : "";
  process.stderr.write(`${message}${detail}\n`);
  return error instanceof UsageError || error instanceof AlreadyRunningError ? 2 : 1;
}

interface Session {
  readonly options: StartOptions;
  readonly source: MailSource;
  readonly announcer: Announcer;
  readonly data: DataFolder;
  readonly table: ReturnType<typeof createProcessTable>;
  readonly stop: ReturnType<typeof createStopSignal>;
}

/** @returns the exit code. */
async function serve({ options, source, announcer, data, table, stop }: Session): Promise<number> {
  const { signal } = stop;
  const stack = await startStack({ options, env: process.env, data, table, announcer, signal }, source);
  let demo: DemoResult | null = null;
  if (source.kind === "simulator") {
    const { email } = source.mailbox;
    announcer.line(`Syncing ${email}`);
    const access = { url: stack.apiUrl, key: stack.apiKey };
    demo = await runDemo({
      access,
      email,
      content: options.content,
      output: announcer.output,
      signal,
    });
    announcer.line(describeDemo(demo));
    if (options.json) process.stdout.write(`${demoJson(demo)}\n`);
    if (options.exit) return isProven(demo) ? 0 : 1;
  }
  announcer.line(describeStack(stack, source, demo, data));
  if (stack.simulatorUrl !== null) {
    const access = { url: stack.apiUrl, key: stack.apiKey };
    // It only helps: what runs goes on running where nobody can say so, and Ctrl-C may come meanwhile.
    const forgotten = await forgottenMailboxes(access, stack.simulatorUrl, signal).catch(() => []);
    if (forgotten.length > 0) announcer.line(tellForgotten(forgotten));
  }
  await stop.requested;
  return 0;
}

function tellForgotten([first, ...others]: readonly string[]): string {
  const all = others.length === 0 ? first : `${first} and ${others.length} more`;
  return `The simulator keeps nothing between two starts: it does not have ${all} any more. Syncs of them pause until they are made there and connected anew, as in the README.`;
}

function demoJson({ sync, seconds }: DemoResult): string {
  const { listed, stored, unchanged, gone, deadLettered } = sync.ledger;
  return JSON.stringify({
    listed,
    stored,
    unchanged,
    gone,
    deadLettered,
    seconds: Math.round(seconds * 1_000) / 1_000,
  });
}

/** Without credentials nobody is asked, and least of all Google for mailboxes of the simulator. */
function gmailOf(source: MailSource, simulatorUrl: string | null): string {
  if (source.kind === "simulator") return `${simulatorUrl} (simulator)`;
  if (source.kind === "google") return "Google's";
  return "none: what is stored is served, and no mailbox is read. GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET bring Google's, no --no-demo the simulator";
}

function describeStack(
  { apiUrl, apiKey, operatorKey, nats, databaseUrl, simulatorUrl }: Stack,
  source: MailSource,
  demo: DemoResult | null,
  data: DataFolder,
): string {
  const path = demo ? `/v1/accounts/${demo.accountId}/messages?limit=3` : "/v1/accounts";
  return `  Dashboard  ${apiUrl}/ (sign in with the key)
  API        ${apiUrl}
  Reference  ${apiUrl}/docs
  Key        ${apiKey}
  Operator   ${operatorKey} (makes tenants and their keys)
  NATS       ${nats === null ? "as NATS_URL says" : `${nats.url} (nats --nkey ${nats.users.seedFile(operator)})`}
  Postgres   ${databaseUrl ?? "as DATABASE_URL says"}
  Gmail      ${gmailOf(source, simulatorUrl)}
  Logs       ${data.root}/logs

  curl -s -H "Authorization: Bearer ${apiKey}" "${apiUrl}${path}"

Serving until Ctrl-C. \`npm start\` goes on with the same data, \`npm run reset\` wipes it.`;
}
