import { askAgain } from "./ask-again.ts";
import {
  claimRemoval,
  deferRemoval,
  endRemoval,
  moveRemoval,
  noteFailedTurn,
  noteLeaving,
  type Removal,
} from "./claim-removals.ts";
import type { FarewellDecision, FarewellOutcome } from "./decide-farewell.ts";
import type { RemovalPorts } from "./removal-ports.ts";
import { placeAfter } from "./removal-steps.ts";
import { removeBlobs } from "./remove-blobs.ts";
import {
  forgetCredentials,
  removeAccountRow,
  removeSomeMail,
  removeSomeRest,
  removeSomeTrail,
} from "./remove-mail.ts";
import { revokeGrant, stopWatch } from "./say-farewell.ts";
import { isToldToViews, tellRemoved } from "./tell-removed.ts";

/** Removals that one run turns to. */
const turnsMax = 100;
/** One that takes longer lets the others have their turns, and goes on in its next. */
const turnMsMax = 20_000;
/** A step that only has to wait for others looks again after this. */
const lookAgainMs = 1_000;

/** What came of some work at a step. more: there is more of it; wait: nothing can be done before then. */
type Progress =
  | { readonly kind: "more" }
  | { readonly kind: "done"; readonly watch?: FarewellOutcome; readonly consent?: FarewellOutcome }
  | { readonly kind: "wait"; readonly untilMs: number; readonly message: string | null }
  | { readonly kind: "back"; readonly step: "mail" };

const more: Progress = { kind: "more" };
const done: Progress = { kind: "done" };

/**
 * Removes accounts whose removal was asked for, step by step (removal-steps.ts). Each removal is claimed by one janitor at a
 * time, and goes on where it was after any death: what was done is noted with it, and doing it again changes nothing.
 *
 * @returns how many removals were turned to
 */
export async function removeAccounts(ports: RemovalPorts, signal: AbortSignal): Promise<number> {
  await askAgain(ports);
  await noteLeaving(ports.pool);
  for (let turns = 0; turns < turnsMax; turns++) {
    signal.throwIfAborted();
    const removal = await claimRemoval(ports.pool);
    if (removal === null) return turns;
    try {
      await takeTurn(ports, removal, signal);
    } catch (error) {
      signal.throwIfAborted();
      ports.log.warn(
        { err: error, "account.id": removal.ref.accountId, step: removal.step },
        "an account cannot be removed now, its next turn comes",
      );
      await noteFailedTurn(ports.pool, removal.ref, String(error));
    }
  }
  return turnsMax;
}

async function takeTurn(ports: RemovalPorts, first: Removal, signal: AbortSignal): Promise<void> {
  const endsAtMs = ports.nowMs() + turnMsMax;
  let removal: Removal | null = first;
  while (removal !== null) {
    signal.throwIfAborted();
    if (ports.nowMs() >= endsAtMs) return deferRemoval(ports.pool, removal, ports.nowMs(), null);
    const progress = await work(ports, removal, signal);
    if (progress.kind === "more") continue;
    if (progress.kind === "wait")
      return deferRemoval(ports.pool, removal, progress.untilMs, progress.message);
    removal = await move(ports, removal, progress);
  }
}

/** @returns null when there is nothing to go on with now */
async function move(
  { pool, log, nowMs, sweepSeconds }: RemovalPorts,
  removal: Removal,
  progress: Extract<Progress, { kind: "done" | "back" }>,
): Promise<Removal | null> {
  if (progress.kind === "back")
    return moveRemoval(pool, removal, { step: progress.step, isSweep: removal.isSweep });
  const { watch, consent } = progress;
  const next = placeAfter(removal);
  if (next === null) {
    await endRemoval(pool, removal);
    return null;
  }
  const isRest = next.isSweep && !removal.isSweep;
  if (isRest)
    log.info({ event: "account.removed", "account.id": removal.ref.accountId }, "an account was removed");
  const moved = await moveRemoval(pool, removal, {
    ...next,
    ...(watch === undefined ? {} : { watch }),
    ...(consent === undefined ? {} : { consent }),
    ...(isRest ? { dueAtMs: nowMs() + sweepSeconds * 1_000 } : {}),
  });
  return isRest ? null : moved;
}

/** Some work at the step at hand: never more than a statement's, or a call's. */
async function work(ports: RemovalPorts, removal: Removal, signal: AbortSignal): Promise<Progress> {
  const { pool, nowMs } = ports;
  const { ref, step } = removal;
  switch (step) {
    case "watch":
      return farewellProgress(await stopWatch(ports, removal, signal), (watch) => ({ watch }));
    case "grant":
      return farewellProgress(await revokeGrant(ports, removal, signal), (consent) => ({ consent }));
    case "queue":
      await forgetCredentials(pool, ref);
      await ports.purgeWork(ref);
      return done;
    case "mail":
      return (await removeSomeMail(pool, ref)) ? more : done;
    case "rest":
      return (await removeSomeRest(pool, ref)) ? more : done;
    case "blobs": {
      const young = await removeBlobs(ports, ref, signal);
      const untilMs = nowMs() + Math.max(1, ports.blobGraceSeconds) * 1_000;
      return young === 0 ? done : { kind: "wait", untilMs, message: null };
    }
    case "account":
      return (await removeAccountRow(pool, ref)) ? done : { kind: "back", step: "mail" };
    case "fact":
      return (await tellRemoved(ports, removal)) ? done : more;
    case "trail":
      if (!(await isToldToViews(pool, ref))) {
        // A log that was lost before it was projected has lost the fact: then it is told again.
        await tellRemoved(ports, removal);
        return { kind: "wait", untilMs: nowMs() + lookAgainMs, message: null };
      }
      return (await removeSomeTrail(pool, ref)) ? more : done;
    case "log":
      await ports.purgeWork(ref);
      await ports.purgeLog(ref);
      return done;
  }
}

function farewellProgress(
  decision: FarewellDecision,
  noted: (outcome: FarewellOutcome) => Pick<Extract<Progress, { kind: "done" }>, "watch" | "consent">,
): Progress {
  return decision.kind === "over"
    ? { kind: "done", ...noted(decision.outcome) }
    : { kind: "wait", untilMs: decision.dueAtMs, message: decision.message };
}
