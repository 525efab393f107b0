/**
 * What a removal does, in order. Each step can be done again from its beginning, so that whoever comes after a crash
 * goes on with the step at hand.
 *
 *     watch   the provider tells us of no more changes of the mailbox
 *     grant   the consent is given back
 *     queue   queued work goes, and the tokens
 *     mail    messages with all that hangs on them
 *     rest    labels, tombstones, set-aside bytes, verifications, requests
 *     blobs   contents that no row of another account names
 *     account the account itself; the mailbox may be connected again
 *     fact    account.removed
 *     trail   once the fact is projected, so that nothing comes back: views, and the audit trail but for the fact
 *     log     the same in the log
 *     blobs, trail, log   once more, some time later (the sweep)
 */
export type RemovalStep = (typeof steps)[number];

const steps = [
  "watch",
  "grant",
  "queue",
  "mail",
  "rest",
  "blobs",
  "account",
  "fact",
  "trail",
  "log",
] as const;

/** Where a removal is. */
export interface RemovalPlace {
  readonly step: RemovalStep;
  readonly isSweep: boolean;
}

/** Where a removal begins whose fact the log has already: a database that was restored from an older backup. */
export const firstStepAgain: RemovalStep = "queue";

/** @returns null when nothing is left to do */
export function placeAfter({ step, isSweep }: RemovalPlace): RemovalPlace | null {
  if (step === "log") return isSweep ? null : { step: "blobs", isSweep: true };
  if (isSweep && step === "blobs") return { step: "trail", isSweep };
  const next = steps[steps.indexOf(step) + 1];
  return next === undefined ? null : { step: next, isSweep };
}
