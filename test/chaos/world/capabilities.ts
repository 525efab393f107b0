/** Parts of the API that a run uses when they are there. */
export interface Capabilities {
  /** pause, resume, cancel and retry of a sync */
  readonly control: boolean;
  readonly deadLetters: boolean;
  readonly credentials: boolean;
  readonly verify: boolean;
  /** `millrace rebuild --check` */
  readonly rebuild: boolean;
}

/**
 * @param openapi the API's description of itself
 * @param usage what the command line says of itself
 */
export function readCapabilities(openapi: unknown, usage: string): Capabilities {
  const paths = (openapi as { paths?: Record<string, unknown> } | null)?.paths ?? {};
  const has = (path: string) =>
    Object.keys(paths).some((known) => known.replace(/\{[^}]+\}/g, "{}") === path);
  return {
    control: ["pause", "resume", "cancel", "retry"].every((verb) => has(`/v1/syncs/{}/${verb}`)),
    deadLetters: has("/v1/dead-letters") && has("/v1/dead-letters/redrive"),
    credentials: has("/v1/accounts/{}/credentials"),
    verify: has("/v1/accounts/{}/verify") && has("/v1/accounts/{}/verifications/{}"),
    rebuild: /\brebuild\b/.test(usage),
  };
}

/** What a run leaves out without them, in words. */
export function missingCapabilities(capabilities: Capabilities): string[] {
  const names: Readonly<Record<keyof Capabilities, string>> = {
    control: "control: the API has no pause, resume, cancel and retry",
    deadLetters: "dead letters: the API does not list and redrive them",
    credentials: "credentials: an account cannot be connected again",
    verify: "verify: the API has none, so labels and deleted messages are not judged",
    rebuild: "rebuild: the command line has no rebuild --check",
  };
  return Object.entries(names)
    .filter(([name]) => !capabilities[name as keyof Capabilities])
    .map(([, text]) => text);
}
