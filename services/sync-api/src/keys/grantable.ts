import type { Caller, Scope } from "../access/caller.ts";
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
