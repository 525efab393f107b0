import { isPaused, loseConsent } from "../events/evolve-course.ts";
import type { AccountRef } from "../events/subjects.ts";
import type { AppendEffect } from "../runtime/outcome.ts";
import type { Moment } from "../runtime/step.ts";
import type { CourseAt } from "../state/sync-state.ts";

/** Pauses the account's syncs until its owner connects the mailbox again; nothing when they are paused already. */
export function pauseForConsent(
  ref: AccountRef,
  { course, seq }: CourseAt,
  message: string,
  { nowMs }: Moment,
): AppendEffect[] {
  const { active } = course;
  if (active === null || course.consentLost !== null || isPaused(course, active.syncId)) return [];
  const explained = `The mailbox cannot be read any more, its owner has to connect it again (${message})`;
  return [
    {
      kind: "append",
      ref,
      eventId: `${active.syncId}.paused.${seq}`,
      expectedSeq: seq,
      fact: {
        type: "sync.paused",
        syncId: active.syncId,
        reason: "consent_lost",
        message: explained,
        request: null,
        course: loseConsent(course, new Date(nowMs).toISOString(), explained),
      },
    },
  ];
}
