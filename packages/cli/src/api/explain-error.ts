import { MillraceError } from "@millrace/client";
import type { Env } from "../program/surroundings.ts";
import { printable } from "../terminal/printable.ts";
import { chooseTarget, type Target } from "./choose-target.ts";
import { isOperatorKey } from "./is-operator-key.ts";

const wordsMax = 600;

/** Where a key comes from that `millrace login` is given. */
export const typedKey = "standard input";

/** Why a command cannot be carried out, in words that say what to do. */
export function explainError(error: unknown, env: Env, profile?: string | undefined): string {
  const { found, todo } = explainTo(error, targetOrNull(env, profile));
  return todo === null ? found : `${found}\n${todo}`;
}

export interface Explanation {
  readonly found: string;
  /** What to do; null where nothing is known that helps. */
  readonly todo: string | null;
}

/**
 * The same in its two parts.
 *
 * @param target what was asked; null: that is not known
 * @param isLookedAt `millrace doctor` is what asks: it does not send anybody to itself
 */
export function explainTo(error: unknown, target: Target | null, isLookedAt = false): Explanation {
  if (!(error instanceof MillraceError))
    return { found: error instanceof Error ? error.message : String(error), todo: null };
  const todo = target === null ? null : adviceFor(error, target, isLookedAt);
  const head = error.status === null ? headOfSilence(error, target) : headOfProblem(error);
  const request = error.requestId === null ? "" : ` (request ${error.requestId})`;
  return {
    found: printable(head, wordsMax) + (error.status !== null && error.status >= 500 ? request : ""),
    todo,
  };
}

/** Lists of the API that are commands here as well. */
const listsNamed = /\bGET \/v1\/(syncs|accounts|dead-letters|keys) lists/;

function headOfProblem({ status, problem, detail: told }: MillraceError): string {
  const title = problem?.title ?? "";
  const detail = told.replace(listsNamed, "`millrace $1 ls` lists");
  const parts = (problem?.errors ?? []).map(({ in: place, pointer, detail }) =>
    `${place} ${pointer}`.trim().concat(`: ${detail}`),
  );
  const said = new Set([title, detail, ...parts].filter(Boolean));
  return `${status} ${[...said].join(": ")}`;
}

function headOfSilence({ detail, cause, code }: MillraceError, target: Target | null): string {
  if (code === "unreachable" && target !== null)
    return `Nobody answers at ${target.url} (${reasonOf(cause)}).`;
  return detail;
}

/** `fetch failed` says nothing: the cause below it does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === "string" ? code : error.message;
}

function adviceFor(
  { code, status, detail }: MillraceError,
  { url, urlFrom, keyFrom, key }: Target,
  isLookedAt: boolean,
): string | null {
  if (code === "unreachable" || code === "timeout") {
    const advice = `Is Millrace running (\`millrace up\`, or \`npm start\`), and is ${urlFrom} right?`;
    return isLookedAt ? advice : `${advice} \`millrace doctor\` looks closer.`;
  }
  if (code === "unreadable")
    return `What answers at ${url} is not Millrace's API, or something stands before it. Is ${urlFrom} right?`;
  if (status === 401) {
    const wrong = `is not known at ${url}, was revoked, or has ended.`;
    return keyFrom === typedKey
      ? `The key that came from standard input ${wrong} Nothing was saved. \`npm start\` prints one.`
      : `The key of ${keyFrom} ${wrong} \`npm start\` prints one; \`millrace login\` saves one.`;
  }
  if (status === 403 && isOperatorKey(key))
    return `${keyFrom} is an operator's key, which sees no mail: this takes a tenant's key (mr_…).`;
  if (status === 403)
    return `${keyFrom} is a key that may not do this. \`millrace keys ls\` shows what keys may.`;
  if (code === "sync_ended" && detail.includes("ask for a new sync"))
    return "`millrace sync ACCOUNT --watch` asks for one.";
  if (code === "account_held") return "`millrace accounts release ACCOUNT` ends the hold.";
  if (code === "not_ready" || code === "database_unavailable" || code === "broker_unavailable")
    return isLookedAt ? null : "`millrace doctor` says which part is missing, and what to do.";
  return null;
}

function targetOrNull(env: Env, profile: string | undefined): Target | null {
  try {
    return chooseTarget(env, profile);
  } catch {
    return null;
  }
}
