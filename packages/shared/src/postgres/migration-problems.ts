import { splitStatements } from "./split-statements.ts";

/** Tables that hold rows by the message or by the fact: what reads or writes each of their rows holds everybody up. */
const largeTables = [
  "attachments",
  "audit_entries",
  "chunks",
  "dead_letters",
  "events",
  "message_contents",
  "messages",
  "sync_requests",
  "syncs",
  "webhook_deliveries",
] as const;

/** A comment by which a migration may take away what an earlier release has used. */
const contract = /^-- Contract: safe from release \S+ on[,:] \S/m;

interface Rule {
  readonly pattern: RegExp;
  readonly problem: string;
  /** It is right where nobody uses any more what it takes away. */
  readonly mayContract?: true;
}

const rules: readonly Rule[] = [
  {
    pattern: /\bdrop\s+(table|column|view|type|schema|function|sequence)\b/,
    problem: "drops what the release before uses",
    mayContract: true,
  },
  { pattern: /\btruncate\b/, problem: "empties a table" },
  {
    pattern: /\brename\b/,
    problem: "renames what the release before calls by its old name",
    mayContract: true,
  },
  {
    pattern: /\balter\s+(column\s+)?\w+\s+(set\s+data\s+)?type\b/,
    problem: "changes a type: rewrites the table, and the release before writes the old one",
  },
  {
    pattern: /\balter\s+(column\s+)?\w+\s+set\s+not\s+null\b/,
    problem: "demands a value that the release before does not write",
    mayContract: true,
  },
  {
    pattern: /\balter\s+(column\s+)?\w+\s+drop\s+default\b/,
    problem: "takes away a default that the release before relies on",
    mayContract: true,
  },
  {
    pattern:
      /\badd\s+(column\s+)?(?!constraint\b)[^,]*\bnot\s+null\b(?![^,]*\bdefault\b)(?<!\bdefault\b[^,]*)/,
    problem: "adds a column that the release before does not write: give it a default",
  },
  {
    pattern: /\badd\s+column\b[^,]*\bdefault\s+\(?(gen_random_uuid|random|clock_timestamp|nextval)\b/,
    problem: "writes each row anew: a default is one value",
  },
  {
    pattern: /\badd\s+column\b[^,]*\b(references|check|unique|primary\s+key)\b/,
    problem: "looks at each row under a lock: add the constraint by itself, not valid",
  },
  {
    pattern: /\badd\s+(constraint\s+\w+\s+)?(check|foreign\s+key)\b(?!.*\bnot\s+valid\b)/,
    problem: "looks at each row under a lock: add it not valid, and validate it in a migration of its own",
  },
  {
    pattern: /\badd\s+(constraint\s+\w+\s+)?(unique|primary\s+key|exclude)\b(?!\s+using\s+index)/,
    problem: "builds an index under a lock: build it concurrently, then add the constraint using index",
  },
];

const createIndex = /\bcreate\s+(?:unique\s+)?index\s+(concurrently\s+)?.*?\bon\s+(?:only\s+)?(\w+)/;

/**
 * What of a migration the services of the release before would not survive, or would have to wait for: expand first,
 * contract when nobody uses any more what goes. Reads the text only; it sees the usual forms and no tricks.
 *
 * @param name without the ending
 * @returns in words; none: it is safe
 */
export function migrationProblems(name: string, sql: string): string[] {
  const problems: string[] = [];
  if (!/^\d{4}_[a-z0-9-]+$/.test(name)) problems.push("is not named like 0024_what-it-brings");
  if (/^\s*--[\s-]*down\s+migration/im.test(sql)) problems.push("has a way back: migrations go forward only");
  const statements = splitStatements(sql).map(plain);
  const made = new Set(
    statements.flatMap((one) => /^create table (?:if not exists )?(\w+)/.exec(one)?.[1] ?? []),
  );
  for (const statement of statements) {
    const [, concurrently, table = ""] = createIndex.exec(statement) ?? [];
    const isLarge = (largeTables as readonly string[]).includes(table) && !made.has(table);
    if (isLarge && concurrently === undefined)
      problems.push(
        `builds an index on ${table} while nobody can write: concurrently, in a migration that says -- No transaction`,
      );
    if (concurrently !== undefined && !/^-- No transaction\b/m.test(sql))
      problems.push("builds an index concurrently in a transaction: say -- No transaction");
    const altered = /^alter table (?:if exists )?(?:only )?(\w+)/.exec(statement)?.[1];
    if (altered !== undefined && made.has(altered)) continue;
    for (const { pattern, problem, mayContract } of rules) {
      if (pattern.test(statement) && !(mayContract && contract.test(sql)))
        problems.push(`${problem}: ${statement.slice(0, 120)}`);
    }
  }
  return problems;
}

/** In small letters, on one line, and without what stands in texts. */
const plain = (statement: string): string =>
  statement
    .replace(/'(?:[^']|'')*'/g, "''")
    .toLowerCase()
    .replace(/\s+/g, " ");
