import type { AppendEffect } from "@millrace/shared/runtime/outcome";
import type { ApiPorts } from "../api.ts";
import { ApiProblem } from "../http/problem.ts";

/** Every conflict means that somebody else got on; so many in a row mean that something is wrong. */
const conflictsMax = 20;

/** What a look at the state led to: an answer, to be given once the log has the fact, if there is one. */
export interface Decided<T> {
  readonly effect: AppendEffect | null;
  readonly answer: T;
}

/**
 * Reads, decides, and appends; when somebody else was first, all of it again.
 *
 * @throws {ApiProblem} busy
 */
export async function appendBounded<T>(
  { eventLog }: Pick<ApiPorts, "eventLog">,
  decide: () => Promise<Decided<T>>,
): Promise<T> {
  for (let conflicts = 0; conflicts < conflictsMax; conflicts++) {
    const { effect, answer } = await decide();
    if (effect === null || (await eventLog.append(effect)).kind === "appended") return answer;
  }
  throw new ApiProblem("busy", "Other changes were always first. Repeating it is safe.", {
    headers: { "retry-after": "1" },
  });
}
