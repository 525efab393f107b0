import { removeAccount, underWay } from "@millrace/shared/events/evolve-course";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { AppendEffect } from "@millrace/shared/runtime/outcome";
import type { CourseAt } from "@millrace/shared/state/sync-state";

/** The first who asks is the one who is remembered. */
export function decideRemoval(
  ref: AccountRef,
  { course, seq }: CourseAt,
  asked: Asked,
): { readonly effect: AppendEffect | null; readonly answer: string } {
  if (course.removal !== undefined) return { effect: null, answer: course.removal.requestedAt };
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
    answer: asked.requestedAt,
  };
}

interface Asked {
  readonly requestId: string;
  readonly requestedAt: string;
}
