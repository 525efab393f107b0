import { parseArgs } from "node:util";
import { TOPIC_NAME } from "./gmail/calls/watch-mailbox.ts";
import type { GmailSimulatorOptions, MailboxSpec } from "./options.ts";
import { type PushConfigInput, pushConfigSchema } from "./push/push-config.ts";
import type { QuotaPlan } from "./quota/price-lists.ts";

export const USAGE = `Gmail's HTTP API, simulated.

  node src/main.ts [flags]

  --host HOST                   where to listen (127.0.0.1)
  --port PORT                   0 for any free port (0)
  --generate EMAIL=COUNT        a mailbox of generated mail; repeatable
  --mbox EMAIL=FILE             a mailbox from an mbox file, such as a Takeout export; repeatable
  --maildir EMAIL=DIR           a mailbox from a folder of message files; repeatable
  --seed N                      all that looks like chance follows from it (1)
  --quotas PLAN                 gmail-2026, gmail-legacy or off (gmail-2026)
  --user-units N                units a minute for one user, instead of the plan's
  --project-units N             units a minute for the project, instead of the plan's
  --concurrent-calls N          calls of one user at the same time (no limit)
  --clock-factor N              how much faster a quota's minute goes by (1)
  --access-token-seconds N      how long an access token is good for (3600)
  --consent-seconds N           how long a consent is good for; a client in testing has 604800 (no end)
  --latency-ms N                waited before every answer (0)
  --inline-text-bytes N         longer text parts come by attachmentId (262144)
  --history-id-start N          the historyId before the first message (1000000)
  --push-endpoint URL           where changes of watched mailboxes are pushed, as Pub/Sub does (nowhere)
  --push-audience TEXT          the audience of the token that push requests bear (the endpoint)
  --push-service-account EMAIL  the service account of that token
  --push-interval-ms N          at most one notification of a user in so long; 0: one a change (1000)
  --watched-topic TOPIC         mailboxes of the command line are watched from the start
  --help

Every flag can be given as an environment variable too: GMAIL_SIMULATOR_PORT for --port, and so on; repeatable
ones are separated by commas there. When it listens it prints one line of JSON with its URL.
`;

export type Command =
  | { readonly kind: "run"; readonly options: GmailSimulatorOptions }
  | { readonly kind: "help" }
  | { readonly kind: "invalid"; readonly problems: readonly string[] };

/** Reads flags, then the environment for those that are absent. Pure; reports all problems at once. */
export function parseCommandLine(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Command {
  let values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  try {
    values = parseArgs({ args: [...args], options: FLAGS, strict: true }).values;
  } catch (error) {
    return { kind: "invalid", problems: [error instanceof Error ? error.message : String(error)] };
  }
  if (values.help === true) return { kind: "help" };
  const problems: string[] = [];
  const one = (flag: string): string | undefined => {
    const value = values[flag];
    return typeof value === "string" ? value : env[variableOf(flag)];
  };
  const many = (flag: string): readonly string[] => {
    const value = values[flag];
    if (Array.isArray(value)) return value.map(String);
    return (env[variableOf(flag)] ?? "").split(",").filter((text) => text !== "");
  };
  const count = (flag: string, least = 0): number | undefined => {
    const text = one(flag);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^\d+(\.\d+)?$/.test(text) && value >= least) return value;
    problems.push(`--${flag} takes a number from ${least} on, not "${text}"`);
    return undefined;
  };
  const quotas = one("quotas") ?? "gmail-2026";
  if (!isPlan(quotas)) problems.push(`--quotas is gmail-2026, gmail-legacy or off, not "${quotas}"`);
  const historyIdStart = one("history-id-start") ?? "1000000";
  if (!/^\d{1,19}$/.test(historyIdStart))
    problems.push(`--history-id-start takes a number, not "${historyIdStart}"`);
  const push = readPush(one, count("push-interval-ms"), problems);
  const watchedTopic = one("watched-topic");
  if (watchedTopic !== undefined && !TOPIC_NAME.test(watchedTopic))
    problems.push(`--watched-topic takes projects/<project>/topics/<topic>, not "${watchedTopic}"`);
  const options: GmailSimulatorOptions = {
    host: one("host"),
    port: count("port"),
    mailboxes: readMailboxes(many, problems),
    seed: count("seed"),
    quotas: isPlan(quotas) ? quotas : undefined,
    unitsPerMinuteUser: count("user-units"),
    unitsPerMinuteProject: count("project-units"),
    concurrentCallsUser: count("concurrent-calls", 1),
    clockFactor: count("clock-factor", 0.001),
    accessTokenSeconds: count("access-token-seconds", 1),
    consentSeconds: count("consent-seconds", 1),
    latencyMs: count("latency-ms"),
    inlineTextBytesMax: count("inline-text-bytes"),
    historyIdStart: /^\d{1,19}$/.test(historyIdStart) ? BigInt(historyIdStart) : undefined,
    ...(push === null ? {} : { push }),
    ...(watchedTopic === undefined ? {} : { watchedTopic }),
  };
  return problems.length > 0 ? { kind: "invalid", problems } : { kind: "run", options };
}

const FLAGS = {
  host: { type: "string" },
  port: { type: "string" },
  generate: { type: "string", multiple: true },
  mbox: { type: "string", multiple: true },
  maildir: { type: "string", multiple: true },
  seed: { type: "string" },
  quotas: { type: "string" },
  "user-units": { type: "string" },
  "project-units": { type: "string" },
  "concurrent-calls": { type: "string" },
  "clock-factor": { type: "string" },
  "access-token-seconds": { type: "string" },
  "consent-seconds": { type: "string" },
  "latency-ms": { type: "string" },
  "inline-text-bytes": { type: "string" },
  "history-id-start": { type: "string" },
  "push-endpoint": { type: "string" },
  "push-audience": { type: "string" },
  "push-service-account": { type: "string" },
  "push-interval-ms": { type: "string" },
  "watched-topic": { type: "string" },
  help: { type: "boolean" },
} as const;

function variableOf(flag: string): string {
  return `GMAIL_SIMULATOR_${flag.toUpperCase().replaceAll("-", "_")}`;
}

function isPlan(text: string): text is QuotaPlan {
  return text === "gmail-2026" || text === "gmail-legacy" || text === "off";
}

function readPush(
  one: (flag: string) => string | undefined,
  intervalMs: number | undefined,
  problems: string[],
): PushConfigInput | null {
  const endpoint = one("push-endpoint");
  const [audience, serviceAccount] = [one("push-audience"), one("push-service-account")];
  if (endpoint === undefined) {
    if (audience !== undefined || serviceAccount !== undefined || intervalMs !== undefined)
      problems.push("--push-audience, --push-service-account and --push-interval-ms need --push-endpoint");
    return null;
  }
  const push = {
    endpoint,
    ...(audience === undefined ? {} : { audience }),
    ...(serviceAccount === undefined ? {} : { serviceAccount }),
    ...(intervalMs === undefined ? {} : { intervalMs }),
  };
  const parsed = pushConfigSchema.safeParse(push);
  for (const { path, message } of parsed.error?.issues ?? [])
    problems.push(`push: ${path.join(".")}: ${message}`);
  return push;
}

function readMailboxes(many: (flag: string) => readonly string[], problems: string[]): MailboxSpec[] {
  const specs: MailboxSpec[] = [];
  const read = (flag: string, make: (email: string, value: string) => MailboxSpec | null): void => {
    for (const text of many(flag)) {
      const split = text.indexOf("=");
      const email = text.slice(0, Math.max(0, split));
      const spec = /^[^@\s]+@[^@\s]+$/.test(email) ? make(email, text.slice(split + 1)) : null;
      if (spec === null) problems.push(`--${flag} takes an address, "=" and a value, not "${text}"`);
      else specs.push(spec);
    }
  };
  read("generate", (email, value) => (/^\d{1,9}$/.test(value) ? { email, generate: Number(value) } : null));
  read("mbox", (email, mbox) => (mbox === "" ? null : { email, mbox }));
  read("maildir", (email, maildir) => (maildir === "" ? null : { email, maildir }));
  return specs;
}
