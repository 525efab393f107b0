import { type Caller, endsAtMs, type Scope } from "../access/caller.ts";
import { ApiProblem } from "../http/problem.ts";

/**
 * Nobody gives away more than he has.
 *
 * @throws {ApiProblem} forbidden
 */
export function requireGrantable(caller: Caller | null, scopes: readonly Scope[]): void {
  if (caller?.kind === "operator") return;
  const held: readonly Scope[] = caller?.kind === "key" ? caller.scopes : [];
  const missing = scopes.filter((scope) => !held.includes(scope));
  if (missing.length === 0) return;
  throw new ApiProblem(
    "forbidden",
    `This key lacks ${missing.join(", ")} itself. Use a key that has it, or ask the operator.`,
  );
}

/**
 * Nobody gives away more time than he has: a key that ends makes none that outlives it.
 *
 * @param asked null: it is not to end by itself
 * @returns when the new key ends
 * @throws {ApiProblem} forbidden
 */
export function requireEnd(caller: Caller | null, asked: string | null): string | null {
  const endMs = endsAtMs(caller);
  if (endMs === null) return asked;
  if (asked === null) return new Date(endMs).toISOString();
  if (Date.parse(asked) <= endMs) return asked;
  throw new ApiProblem(
    "forbidden",
    `This key ends at ${new Date(endMs).toISOString()} itself, and makes none that ends later. Ask the operator.`,
  );
}
