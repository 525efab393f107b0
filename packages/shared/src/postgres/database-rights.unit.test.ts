import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type ServiceName, serviceNames } from "../nats/service-rights.ts";
import { databaseRights, type Right } from "./database-rights.ts";

// What is missing, integration tests find: they run with the services' roles. What is too much, nobody would miss.

const checkout = fileURLToPath(new URL("../../../../", import.meta.url));
const shared = join(checkout, "packages/shared/src");

/** Of all files that a service's process is made of. */
function sourcesOf(service: ServiceName): readonly string[] {
  const sources = new Map<string, string>();
  const open = [join(checkout, "services", service, "src/main.ts")];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (sources.has(file) || !existsSync(file)) continue;
    const text = readFileSync(file, "utf8");
    sources.set(file, text);
    for (const [, name = ""] of text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)) {
      if (name.startsWith(".")) open.push(resolve(dirname(file), name));
      if (name.startsWith("@millrace/shared/"))
        open.push(join(shared, `${name.slice("@millrace/shared/".length)}.ts`));
    }
  }
  // Rights are said there, not used.
  return [...sources]
    .filter(([file]) => !file.endsWith("database-rights.ts"))
    .map(([file, text]) => withNeighbours(file, text, sources));
}

/** A statement that is made of names may have them from the file beside it. */
function withNeighbours(file: string, text: string, sources: ReadonlyMap<string, string>): string {
  const beside = [...text.matchAll(/from "(\.\/[^"]+)"/g)].map(([, name = ""]) =>
    sources.get(resolve(dirname(file), name)),
  );
  return [text, ...beside].join("\n");
}

const migrations = join(checkout, "packages/shared/migrations");
const schema = readdirSync(migrations)
  .map((file) => readFileSync(join(migrations, file), "utf8"))
  .join("\n");

/** The statements of SQL functions that a text calls, and of those that they call. */
function withFunctions(text: string): string {
  const bodies = [...schema.matchAll(/create function (\w+)\(([\s\S]*?)(?=\ncreate |\nalter |$)/g)];
  const called = bodies.filter(([, name]) => new RegExp(`\\b${name}\\(`).test(text)).map(([body]) => body);
  const inner = bodies
    .filter(([, name]) => called.some((body) => new RegExp(`\\b${name}\\(`).test(body.slice(20))))
    .map(([body]) => body);
  return [text, ...called, ...inner].join("\n");
}

/** Whether a text has a statement that needs the right; a table may be named as a value where statements are made of names. */
function uses(text: string, right: Right, table: string): boolean {
  const named = new RegExp(`["']${table}["']|name: "${table}"|\\b${table}: \\[`).test(text);
  const has = (pattern: string): boolean => new RegExp(pattern).test(text);
  switch (right) {
    case "select":
      return has(`(from|join|using|update|into) (only )?${table}\\b`) || (named && has("(from|join) \\$\\{"));
    case "insert":
      return has(`insert into ${table}\\b`) || (named && has("insert into \\$\\{"));
    case "update":
      return (
        has(`update ${table}\\b`) ||
        (has(`insert into ${table}\\b`) && has("do update")) ||
        (has(`from ${table}\\b`) && has("for (no key )?(update|share)")) ||
        (named && has("do update|for update"))
      );
    case "delete":
      return has(`delete from ${table}\\b`) || (named && has("delete from \\$\\{"));
  }
}

/** Services of the release before need them beside today's; they go with the next one. */
const leaving: ReadonlySet<string> = new Set([
  "sync-api update browser_tokens",
  "sync-api delete browser_tokens",
]);

describe.each(serviceNames)("%s", (service) => {
  const sources = sourcesOf(service).map(withFunctions);
  const held = Object.entries(databaseRights).flatMap(([table, { rights }]) =>
    (rights[service] ?? [])
      .filter((right) => !leaving.has(`${service} ${right} ${table}`))
      .map((right) => ({ right, table })),
  );

  it.each(held)("has a statement that needs $right on $table", ({ right, table }) => {
    expect(sources.some((text) => uses(text, right, table))).toBe(true);
  });
});
