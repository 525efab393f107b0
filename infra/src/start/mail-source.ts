import { type DemoMailbox, demoMailbox } from "./demo-mailbox.ts";
import { type StartOptions, UsageError } from "./start-options.ts";

/** Where mail comes from: a simulator with one mailbox, Google, or nowhere. */
export type MailSource =
  | { readonly kind: "simulator"; readonly mailbox: DemoMailbox }
  | { readonly kind: "google" }
  | { readonly kind: "none" };

/**
 * The source that the environment and the command line ask for: Google where there are credentials for it, otherwise the demo's
 * simulator unless that is not wanted.
 *
 * @throws UsageError for half of the credentials, and for options that only fit a demo
 */
export function mailSourceOf(env: NodeJS.ProcessEnv, options: StartOptions): MailSource {
  const mailbox = demoMailbox(options);
  if (!hasCredentials(env)) return mailbox === null ? { kind: "none" } : { kind: "simulator", mailbox };
  if (options.exit || options.json) {
    throw new UsageError(
      "--exit and --json report the demo's sync, and with Google credentials there is no demo.",
    );
  }
  return { kind: "google" };
}

function hasCredentials({
  GOOGLE_CLIENT_ID: id,
  GOOGLE_CLIENT_SECRET: secret,
  GOOGLE_CLIENT_SECRET_FILE: secretFile,
}: NodeJS.ProcessEnv): boolean {
  const hasSecret = Boolean(secret || secretFile);
  if (Boolean(id) === hasSecret) return hasSecret;
  const [given, missing] = hasSecret
    ? [secret ? "GOOGLE_CLIENT_SECRET" : "GOOGLE_CLIENT_SECRET_FILE", "GOOGLE_CLIENT_ID"]
    : ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"];
  throw new UsageError(`${given} is set and ${missing} is not: set both for Google, or none for the demo.`);
}
