import { MillraceError } from "@millrace/client";
import type { Env } from "../program/surroundings.ts";
import { printable } from "../terminal/printable.ts";
import { chooseTarget, type Target } from "./choose-target.ts";

const wordsMax = 600;

/** Why a command cannot be carried out, in words that say what to do. */
export function explainError(error: unknown, env: Env, profile?: string | undefined): string {
  if (!(error instanceof MillraceError)) return error instanceof Error ? error.message : String(error);
  const target = targetOrNull(env, profile);
  const advice = target === null ? null : adviceFor(error, target);
  const head = error.status === null ? headOfSilence(error, target) : headOfProblem(error);
  const request = error.requestId === null ? "" : ` (request ${error.requestId})`;
  return [printable(head, wordsMax) + (error.status !== null && error.status >= 500 ? request : ""), advice]
    .filter((line) => line !== null)
    .join("\n");
}

function headOfProblem({ status, problem, detail }: MillraceError): string {
  const title = problem?.title ?? "";
  const parts = (problem?.errors ?? []).map(({ in: place, pointer, detail }) =>
    `${place} ${pointer}`.trim().concat(`: ${detail}`),
  );
  return `${status} ${[title, detail === title ? "" : detail, ...parts].filter(Boolean).join(": ")}`;
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

function adviceFor({ code, status }: MillraceError, { url, urlFrom, keyFrom, key }: Target): string | null {
  if (code === "unreachable" || code === "timeout")
    return `Is Millrace running (\`millrace up\`, or \`npm start\`), and is ${urlFrom} right? \`millrace doctor\` looks closer.`;
  if (code === "unreadable")
    return `What answers at ${url} is not Millrace's API, or something stands before it. Is ${urlFrom} right?`;
  if (status === 401)
    return `The key of ${keyFrom} is not known at ${url}, was revoked, or has ended. \`npm start\` prints one; \`millrace login\` saves one.`;
  if (status === 403 && key.startsWith("mro_"))
    return `${keyFrom} is an operator's key, which sees no mail: this takes a tenant's key (mr_…).`;
  if (status === 403)
    return `${keyFrom} is a key that may not do this. \`millrace keys ls\` shows what keys may.`;
  if (code === "account_held") return "`millrace accounts release ACCOUNT` ends the hold.";
  if (code === "not_ready" || code === "database_unavailable" || code === "broker_unavailable")
    return "`millrace doctor` says which part is missing, and what to do.";
  return null;
}

function targetOrNull(env: Env, profile: string | undefined): Target | null {
  try {
    return chooseTarget(env, profile);
  } catch {
    return null;
  }
}
