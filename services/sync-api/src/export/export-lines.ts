import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { Account } from "../resources/account.ts";
import {
  bodyCharsMax,
  type ExportedMessage,
  type ListedKind,
  type Owner,
  readBody,
  readListed,
  readMessages,
} from "./export-reader.ts";

/**
 * All that is held on an account, as JSON lines: each an object with its `kind`. The last one is `end`, with how many there
 * were of each: who misses it has not got all.
 */
export async function* exportLines(pool: Pool, owner: Owner, account: Account): AsyncGenerator<string> {
  const counts: Record<string, number> = {};
  const count = (kind: string): void => {
    counts[kind] = (counts[kind] ?? 0) + 1;
  };
  yield lineOf("account", account);
  yield* listed(pool, owner, "label", count);
  for await (const message of readMessages(pool, owner)) {
    count("message");
    yield* messageLine(pool, owner, message);
  }
  for (const kind of ["sync", "dead_letter", "event"] as const) yield* listed(pool, owner, kind, count);
  yield lineOf("end", { counts });
}

const lineOf = (kind: string, value: object): string => `${JSON.stringify({ kind, ...value })}\n`;

async function* listed(
  pool: Pool,
  owner: Owner,
  kind: ListedKind,
  count: (kind: string) => void,
): AsyncGenerator<string> {
  for await (const row of readListed(pool, owner, kind)) {
    count(kind);
    yield lineOf(kind, row);
  }
}

/** The bodies come last, so that a long one is sent while it is read. */
async function* messageLine(pool: Pool, owner: Owner, message: ExportedMessage): AsyncGenerator<string> {
  const { fields, attachments, text, html, textChars, htmlChars } = message;
  yield JSON.stringify({ kind: "message", ...fields, attachments }).slice(0, -1);
  yield ',"text":';
  yield* bodyOf(pool, owner, message, "text", text, textChars);
  yield ',"html":';
  yield* bodyOf(pool, owner, message, "html", html, htmlChars);
  yield "}\n";
}

/** The database counts characters as we do not, but never cuts one. */
async function* bodyOf(
  pool: Pool,
  owner: Owner,
  message: ExportedMessage,
  body: "text" | "html",
  first: string | null,
  chars: number,
): AsyncGenerator<string> {
  if (first === null || chars <= bodyCharsMax) {
    yield JSON.stringify(first);
    return;
  }
  yield JSON.stringify(first).slice(0, -1);
  for await (const slice of readBody(pool, owner, message, body, chars))
    yield JSON.stringify(slice).slice(1, -1);
  yield '"';
}
