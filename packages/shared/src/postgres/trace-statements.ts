import { trace } from "@opentelemetry/api";
import type pg from "pg";
import { withLeafSpan } from "../telemetry/with-leaf-span.ts";
import { ScopedQuery } from "./scoped-query.ts";
import { statementSummary } from "./statement-summary.ts";

/**
 * Runs a statement as a span, from the wait for a connection to the last row, when it is a part of something that is traced.
 * What a connection does by itself (heartbeats, listening) is not.
 *
 * @param statement its text, or the query with its name
 */
export function traceStatement<T>(
  statement: string | { readonly text: string; readonly name?: string | undefined },
  run: () => Promise<T>,
): Promise<T> {
  if (!trace.getActiveSpan()?.isRecording()) return run();
  const { text, name } = typeof statement === "string" ? { text: statement, name: undefined } : statement;
  const summary = statementSummary(text);
  const attributes = {
    "db.system.name": "postgresql",
    "db.operation.name": summary.split(" ")[0] ?? summary,
    "db.query.summary": summary,
    ...(name === undefined ? {} : { "millrace.statement": name }),
  };
  return withLeafSpan(name ?? summary, { kind: "client", attributes }, run);
}

/** Has the statements of a connection's transactions traced. Those of a pool are traced where they are asked. */
export function traceConnection(client: pg.ClientBase): void {
  const ask = client.query.bind(client) as (...args: readonly unknown[]) => unknown;
  const traced = (...args: readonly unknown[]): unknown => {
    const [statement] = args;
    const isCallback = typeof args.at(-1) === "function";
    if (isCallback || !isStatement(statement)) return ask(...args);
    return traceStatement(statement, () => ask(...args) as Promise<unknown>);
  };
  Object.assign(client, { query: traced });
}

/** Whatever comes with its own handling of rows (cursors, streams) gives no promise. */
function isStatement(value: unknown): value is string | { readonly text: string; readonly name?: string } {
  if (typeof value === "string") return true;
  if (typeof value !== "object" || value === null || value instanceof ScopedQuery) return false;
  return "text" in value && typeof value.text === "string" && !("submit" in value);
}
