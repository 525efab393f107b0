import { resolve } from "node:path";
import { parseArgs } from "node:util";

export type DemoSource =
  | { readonly kind: "generate"; readonly messages: number }
  | { readonly kind: "mbox"; readonly path: string }
  | { readonly kind: "maildir"; readonly path: string };

export interface StartOptions {
  /** null: no demo mailbox. */
  readonly demo: DemoSource | null;
  readonly seed: string | null;
  readonly content: "full" | "raw" | "metadata";
  readonly quotas: string;
  readonly port: number;
  /** Whether the person chose the port: then a taken one is an error. */
  readonly portChosen: boolean;
  /** End after the demo's sync. */
  readonly exit: boolean;
  /** One line of JSON on standard output, everything else on standard error. */
  readonly json: boolean;
  readonly help: boolean;
}

export const defaultPort = 8750;
const messagesDefault = 5_000;
const messagesMax = 10_000_000;
const quotas = ["off", "gmail-2026", "gmail-legacy"];

export const startUsage = `usage: npm start -- [options]

Starts everything Millrace needs, syncs a demo mailbox from the Gmail simulator and keeps serving until Ctrl-C.

  --messages N           size of the generated demo mailbox (${messagesDefault})
  --mbox FILE            a demo mailbox from an mbox file, such as a Takeout export
  --maildir DIR          a demo mailbox from a Maildir
  --content KIND         full, raw or metadata: what is kept of each message (full)
  --seed S               seed of the generated mailbox and of the simulator
  --quotas LIST          off, gmail-2026 or gmail-legacy: the simulator's price list (off)
  --port N               port of the API (${defaultPort}, or the next free one)
  --no-demo              no demo mailbox, and no simulator: what is stored is served
  --exit                 end after the demo's sync; exit code 0 only if its ledger balances
  --json                 print the demo's ledger as one line of JSON on standard output
  --help                 this text

environment: DATABASE_URL, NATS_URL, and GOOGLE_CLIENT_ID with GOOGLE_CLIENT_SECRET each replace the embedded part;
MILLRACE_DATA is the data folder (.millrace), NATS_SERVER_BIN a nats-server program, MILLRACE_CACHE the folder for
downloads. With NATS_URL, NATS_USERS_DIR is a folder of \`npm run nats-users\`: each service comes as its own user.
`;

/** The options cannot be understood; the message says why. */
export class UsageError extends Error {
  readonly code = "usage";
}

/**
 * Reads the command line of `npm start`. Paths are taken from `cwd`, where the person stands.
 *
 * @throws UsageError
 */
export function parseStartOptions(args: readonly string[], cwd: string): StartOptions {
  const values = readArguments(args);
  const sources = [values.messages, values.mbox, values.maildir].filter((value) => value !== undefined);
  if (sources.length > 1) throw new UsageError("--messages, --mbox and --maildir exclude each other.");
  if (values["no-demo"] && sources.length > 0)
    throw new UsageError(
      "--no-demo excludes --messages, --mbox and --maildir: they say what the demo mailbox holds.",
    );
  if (values["no-demo"] && (values.exit || values.json)) {
    throw new UsageError("--exit and --json report the demo's sync; they do not go with --no-demo.");
  }
  return {
    demo: values["no-demo"] ? null : demoSource(values, cwd),
    seed: values.seed ?? null,
    content: oneOf("--content", values.content, ["full", "raw", "metadata"] as const),
    quotas: oneOf("--quotas", values.quotas, quotas),
    port: values.port === undefined ? defaultPort : wholeNumber("--port", values.port, 1, 65_535),
    portChosen: values.port !== undefined,
    exit: values.exit,
    json: values.json,
    help: values.help,
  };
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        messages: { type: "string" },
        mbox: { type: "string" },
        maildir: { type: "string" },
        content: { type: "string", default: "full" },
        seed: { type: "string" },
        quotas: { type: "string", default: "off" },
        port: { type: "string" },
        "no-demo": { type: "boolean", default: false },
        exit: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function demoSource(values: ReturnType<typeof readArguments>, cwd: string): DemoSource {
  if (values.mbox !== undefined) return { kind: "mbox", path: resolve(cwd, values.mbox) };
  if (values.maildir !== undefined) return { kind: "maildir", path: resolve(cwd, values.maildir) };
  const messages =
    values.messages === undefined
      ? messagesDefault
      : wholeNumber("--messages", values.messages, 0, messagesMax);
  return { kind: "generate", messages };
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${name} takes a whole number from ${min} to ${max}, not "${text}".`);
}

function oneOf<T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text);
  if (found) return found;
  throw new UsageError(`${name} takes ${allowed.join(", ")}, not "${text}".`);
}
