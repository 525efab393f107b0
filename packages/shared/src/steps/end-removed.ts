import { endSync } from "../events/evolve-course.ts";
import type { AccountRef } from "../events/subjects.ts";
import type { AppendEffect } from "../runtime/outcome.ts";
import type { CourseAt } from "../state/sync-state.ts";

/** Ends the active sync of an account that is not in the database any more; the next fact lets those that wait end too. */
export function endForRemovedAccount(ref: AccountRef, { course, seq }: CourseAt): AppendEffect[] {
  const { active } = course;
  if (active === null) return [];
  return [
    {
      kind: "append",
      ref,
      eventId: `${active.syncId}.ended`,
      expectedSeq: seq,
      fact: {
        type: "sync.failed",
        syncId: active.syncId,
        category: "account_removed",
        message: "The account is not in the database any more",
        request: null,
        course: endSync(course, active.syncId),
      },
    },
  ];
}
