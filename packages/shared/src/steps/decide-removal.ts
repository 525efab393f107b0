import { removeAccount, underWay } from "../events/evolve-course.ts";
import type { AccountRef } from "../events/subjects.ts";
import type { AppendEffect } from "../runtime/outcome.ts";
import type { CourseAt } from "../state/sync-state.ts";

/** The first who asks is the one who is remembered. */
export function decideRemoval(
  ref: AccountRef,
  { course, seq }: CourseAt,
  asked: RemovalAsked,
): { readonly effect: AppendEffect | null; readonly answer: RemovalAsked } {
  if (course.removal !== undefined) return { effect: null, answer: course.removal };
  return {
    effect: {
      kind: "append",
      ref,
      eventId: `${ref.accountId}.removal.${asked.requestId}`,
      expectedSeq: seq,
      fact: {
        type: "account.removal_requested",
        requestId: asked.requestId,
        cancelled: underWay(course),
        course: removeAccount(course, asked),
      },
    },
    answer: asked,
  };
}

export interface RemovalAsked {
  readonly requestId: string;
  readonly requestedAt: string;
}
