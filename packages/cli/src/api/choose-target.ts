import { CommandError } from "../program/exit-codes.ts";
import type { Env } from "../program/surroundings.ts";
import { defaultProfile, profilesFile, readProfiles } from "./profiles.ts";

/** Which Millrace is asked, and with which key. */
export interface Target {
  readonly url: string;
  readonly key: string;
  /** Where each comes from, for whoever finds it wrong: "MILLRACE_KEY", say. */
  readonly urlFrom: string;
  readonly keyFrom: string;
}

export const defaultUrl = "http://127.0.0.1:8750";

/**
 * What is named on the command line goes first, then the environment, then what `millrace login` has saved. A key goes to the
 * server that it was given with, and to no other: a saved one is not sent to the URL of the environment.
 *
 * @param profile the name that `--profile` gives
 * @throws CommandError says what to set
 */
export function chooseTarget(env: Env, profile: string | undefined): Target {
  const target = profile === undefined && env.MILLRACE_KEY ? targetOfEnv(env) : targetOfProfile(env, profile);
  if (isHttpUrl(target.url)) return target;
  throw new CommandError(`${target.urlFrom} must look like ${defaultUrl}, and is "${target.url}".`);
}

/** The Millrace that the environment names, for whoever asks it without a key; null: it names none, or none that can be. */
export const keylessTarget = (env: Env): Target | null =>
  env.MILLRACE_URL && isHttpUrl(env.MILLRACE_URL) ? targetOfEnv({ ...env, MILLRACE_KEY: "" }) : null;

export const isHttpUrl = (url: string): boolean => /^https?:\/\//.test(url) && URL.canParse(url);

const targetOfEnv = ({ MILLRACE_URL, MILLRACE_KEY = "" }: Env): Target => ({
  url: MILLRACE_URL || defaultUrl,
  key: MILLRACE_KEY,
  urlFrom: "MILLRACE_URL",
  keyFrom: "MILLRACE_KEY",
});

function targetOfProfile(env: Env, asked: string | undefined): Target {
  const file = profilesFile(env);
  const profiles = readProfiles(file);
  const name = asked ?? defaultProfile;
  const found = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (found === undefined) throw new CommandError(absent(asked, Object.keys(profiles)));
  const { MILLRACE_URL } = env;
  if (asked === undefined && MILLRACE_URL && !isSameOrigin(MILLRACE_URL, found.url))
    throw new CommandError(
      `MILLRACE_URL is ${MILLRACE_URL}, and MILLRACE_KEY is not set; the key in ${file} is for ${found.url}. Set both, or neither.`,
    );
  return { ...found, urlFrom: file, keyFrom: file };
}

const isSameOrigin = (one: string, other: string): boolean =>
  URL.canParse(one) && URL.canParse(other) && new URL(one).href === new URL(other).href;

function absent(asked: string | undefined, names: readonly string[]): string {
  if (asked === undefined)
    return (
      "MILLRACE_KEY is not set; `npm start` prints a key. Set MILLRACE_URL and MILLRACE_KEY, or save them with " +
      "`millrace login`."
    );
  const known = names.length === 0 ? "none is saved" : `saved are: ${names.join(", ")}`;
  return `There is no profile "${asked}" (${known}). \`millrace login --profile ${asked}\` makes it.`;
}
