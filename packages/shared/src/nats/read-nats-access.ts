import { readFileSync } from "node:fs";
import {
  type Authenticator,
  credsAuthenticator,
  nkeyAuthenticator,
  type TlsOptions,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";
import type { NatsEnv } from "./nats-env.ts";

/** How a process comes to the broker. Holds secrets; is written nowhere. */
export interface NatsAccess {
  /** Addresses without users and passwords. */
  readonly servers: readonly string[];
  readonly authenticator: Authenticator | null;
  /** Null: a line without TLS is good enough. Else no other is taken. */
  readonly tls: TlsOptions | null;
}

const seedPattern = /^SU[A-Z2-7]{56}$/m;
const credsPattern = /BEGIN NATS USER JWT[\s\S]*BEGIN USER NKEY SEED/;
const pemPattern = /-----BEGIN [A-Z ]+-----/;
const hostPattern = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;
const wayPattern = /^(?:(nats|tls):\/\/)?(?:([^@/]*)@)?([^@/]+)\/?$/;

/**
 * Reads out of the environment how to come to the broker. Names every problem at once, and repeats no value: it may be
 * secret. Seeds, passwords and certificates are read again for each connection, so that they can be replaced.
 */
export function readNatsAccess(env: NatsEnv): {
  readonly access: NatsAccess;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const ways = (env.NATS_URL || "")
    .split(",")
    .filter(Boolean)
    .map((url) => readWay(url.trim(), problems));
  const inUrl = ways.find(({ login }) => login !== null)?.login ?? null;
  const authenticator = readAuthenticator(env, inUrl, problems);
  const tls = readTls(
    env,
    ways.some(({ isTls }) => isTls),
    problems,
  );
  return { access: { servers: ways.map(({ server }) => server), authenticator, tls }, problems };
}

interface Login {
  readonly user: string;
  readonly password: string;
}
interface Way {
  readonly server: string;
  readonly isTls: boolean;
  readonly login: Login | null;
}

function readWay(url: string, problems: string[]): Way {
  const [, scheme, login, host = ""] = wayPattern.exec(url) ?? [];
  if (!hostPattern.test(host)) {
    problems.push("NATS_URL: must be nats://host:port or tls://host:port, several separated by commas");
    return { server: "", isTls: false, login: null };
  }
  const isTls = scheme === "tls";
  if (login === undefined) return { server: host, isTls, login: null };
  const colon = login.indexOf(":");
  if (colon < 1) {
    problems.push("NATS_URL: before the @ stand user:password; for another way in, set NATS_NKEY_SEED_FILE");
    return { server: host, isTls, login: null };
  }
  try {
    const [user, password] = [login.slice(0, colon), login.slice(colon + 1)].map(decodeURIComponent);
    return { server: host, isTls, login: { user: user ?? "", password: password ?? "" } };
  } catch {
    problems.push("NATS_URL: user and password must be percent-encoded");
    return { server: host, isTls, login: null };
  }
}

function readAuthenticator(env: NatsEnv, inUrl: Login | null, problems: string[]): Authenticator | null {
  problems.push(...waysIn(env, inUrl));
  const {
    NATS_NKEY_SEED_FILE: seedFile,
    NATS_CREDS_FILE: credsFile,
    NATS_USER: user,
    NATS_PASSWORD: password = "",
    NATS_PASSWORD_FILE: passwordFile,
  } = env;
  if (seedFile) {
    const what = 'a user\'s seed, a line that begins with "SU"; `npm run nats-users` makes one';
    const seed = reader("NATS_NKEY_SEED_FILE", seedFile, seedPattern, what, problems);
    return nkeyAuthenticator(() => Buffer.from(seedPattern.exec(seed())?.[0] ?? ""));
  }
  if (credsFile) {
    const what = "a user's JWT and seed, as `nsc generate creds` writes them";
    const creds = reader("NATS_CREDS_FILE", credsFile, credsPattern, what, problems);
    return credsAuthenticator(() => Buffer.from(creds()));
  }
  if (user && passwordFile) {
    const read = reader("NATS_PASSWORD_FILE", passwordFile, /\S/, "a password", problems);
    return usernamePasswordAuthenticator(user, () => read().trimEnd());
  }
  if (user) return usernamePasswordAuthenticator(user, password);
  return inUrl === null ? null : usernamePasswordAuthenticator(inUrl.user, inUrl.password);
}

/** What is wrong with how a user comes in. */
function waysIn(env: NatsEnv, inUrl: Login | null): string[] {
  const problems: string[] = [];
  const ways = [
    ...(inUrl === null ? [] : ["a password in NATS_URL"]),
    ...(["NATS_NKEY_SEED_FILE", "NATS_CREDS_FILE", "NATS_USER"] as const).filter((name) => env[name]),
  ];
  if (ways.length > 1) problems.push(`${ways.join(", ")}: set one of them, a user comes in one way`);
  const { NATS_USER: user, NATS_PASSWORD: password, NATS_PASSWORD_FILE: passwordFile } = env;
  if (!user && (password || passwordFile)) problems.push("NATS_USER is not set: whose password is it?");
  if (user && !password === !passwordFile)
    problems.push("NATS_PASSWORD or NATS_PASSWORD_FILE: NATS_USER needs one of them");
  return problems;
}

function readTls(env: NatsEnv, isAsked: boolean, problems: string[]): TlsOptions | null {
  const { NATS_TLS_CA_FILE: caFile, NATS_TLS_CERT_FILE: certFile, NATS_TLS_KEY_FILE: keyFile } = env;
  if (!certFile !== !keyFile)
    problems.push("NATS_TLS_CERT_FILE, NATS_TLS_KEY_FILE: set both, or none of them");
  for (const name of ["NATS_TLS_CA_FILE", "NATS_TLS_CERT_FILE", "NATS_TLS_KEY_FILE"] as const) {
    const path = env[name];
    if (path) reader(name, path, pemPattern, "PEM", problems);
  }
  if (!isAsked && !caFile && !certFile) return null;
  return {
    ...(caFile ? { caFile } : {}),
    ...(certFile && keyFile ? { certFile, keyFile } : {}),
  };
}

/** Reads a file now, and gives what reads it again; that goes on with what it knows while the file is being replaced. */
function reader(name: string, path: string, pattern: RegExp, what: string, problems: string[]): () => string {
  let known = "";
  try {
    known = readFileSync(path, "utf8");
    if (!pattern.test(known)) problems.push(`${name}: the file must hold ${what}`);
  } catch (error) {
    problems.push(`${name}: the file cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`);
  }
  return () => {
    try {
      const text = readFileSync(path, "utf8");
      if (pattern.test(text)) known = text;
    } catch {
      // It may be on its way to another one.
    }
    return known;
  };
}
