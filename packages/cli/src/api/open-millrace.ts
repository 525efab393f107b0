import { createMillrace, type Millrace } from "@millrace/client";
import type { Env } from "../program/surroundings.ts";
import { chooseTarget, type Target } from "./choose-target.ts";

export interface OpenMillrace {
  readonly millrace: Millrace;
  readonly target: Target;
}

/** Long enough for a slow answer; who types does not want to wait longer to hear that nobody is there. */
const answerMsMax = 15_000;
/** Whoever types tries again himself; scripts are served by a few repetitions. */
const retries = 2;

/**
 * The API, as a command speaks to it.
 *
 * @throws CommandError when it is not said which one
 */
export function openMillrace(env: Env, options: { readonly profile?: string | undefined }): OpenMillrace {
  const target = chooseTarget(env, options.profile);
  return { target, millrace: createMillrace({ baseUrl: target.url, key: target.key, answerMsMax, retries }) };
}
