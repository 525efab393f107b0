import { LRUCache } from "lru-cache";

/** A handful of statements is put together as it is asked; all others are the same text each time. */
const summaries = new LRUCache<string, string>({ max: 1_000 });

const verbs = /\b(select|insert|update|delete|merge|copy)\b/i;
const plainStart = /^[\s(]*([a-z]+)/i;
/** A name behind `from` or `join` is a table unless it is called. */
const target =
  /\b(?:(?:into|update)\s+(?:only\s+)?([a-z_][a-z_0-9]*)|(?:from|join)\s+(?:only\s+)?([a-z_][a-z_0-9]*)\b(?!\s*\())/gi;
const wordsOfSql: ReadonlySet<string> = new Set(["set", "unnest", "lateral", "select", "skip"]);

/**
 * What a statement does, and with which table: "insert messages". Holds no value: the names of tables are ours.
 * https://opentelemetry.io/docs/specs/semconv/db/database-spans/#generating-a-summary-of-the-query
 */
export function statementSummary(text: string): string {
  const known = summaries.get(text);
  if (known !== undefined) return known;
  const summary = summarize(text);
  summaries.set(text, summary);
  return summary;
}

function summarize(text: string): string {
  const start = plainStart.exec(text)?.[1]?.toLowerCase() ?? "statement";
  const isWritten = /\b(insert\s+into|update|delete\s+from)\b/i.exec(text)?.[0].split(/\s/)[0];
  const verb = start === "with" ? (isWritten ?? verbs.exec(text)?.[1] ?? "select").toLowerCase() : start;
  if (!verbs.test(verb)) return verb;
  const table = tableOf(text, verb);
  return table === null ? verb : `${verb} ${table}`;
}

function tableOf(text: string, verb: string): string | null {
  const named = new Set(
    [...text.matchAll(/\b([a-z_]+)\s+as\s+(?:materialized\s+)?\(/gi)].map(([, name]) => name),
  );
  const scope = verb === "select" ? text : text.slice(Math.max(0, text.toLowerCase().indexOf(`${verb} `)));
  for (const [, written, read] of scope.matchAll(target)) {
    const name = written ?? read ?? "";
    if (!named.has(name) && !wordsOfSql.has(name.toLowerCase())) return name.toLowerCase();
  }
  return null;
}
