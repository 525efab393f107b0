import { type AccountCourse, waitingMax } from "@millrace/shared/events/account-course";
import { anew, isUnderWay } from "@millrace/shared/events/evolve-course";
import type { AcceptedRequest } from "@millrace/shared/events/sync-request";

/** What Postgres knows of an account, and what the log knows. */
export interface RestoreSituation {
  /** The newest course that Postgres has; null when it has none. */
  readonly known: AccountCourse | null;
  /** The log's. */
  readonly logged: AccountCourse;
  /** Syncs that Postgres has as not ended, oldest first. */
  readonly unended: readonly AcceptedRequest[];
  readonly nowMs: number;
}

export interface Restored {
  readonly course: AccountCourse;
  /** Syncs that the log had lost. */
  readonly syncIds: readonly string[];
}

/**
 * The course that takes in what both know, after the log lost facts that Postgres has. A sync that only Postgres
 * knows goes on, or waits when the log has another one active by now; what the log decided since stays. The
 * watermark never goes back behind the one that Postgres knows (rule I3): it is the later knowledge.
 *
 * @returns null when the log lacks nothing
 */
export function decideRestore({ known, logged, unended, nowMs }: RestoreSituation): Restored | null {
  const lost = unended.filter(({ syncId }) => !isUnderWay(logged, syncId));
  if (lost.length === 0 && !lacksAny(logged, known)) return null;
  const active = logged.active ?? lostActive(known, lost);
  const waiting = [...logged.waiting, ...lost.filter(({ syncId }) => syncId !== active?.syncId)].slice(
    0,
    waitingMax,
  );
  const recentSyncIds = [...new Set([...(known?.recentSyncIds ?? []), ...logged.recentSyncIds])].slice(-32);
  const held = [...logged.held, ...(known?.held ?? [])].filter(
    ({ syncId }, i, all) => all.findIndex((hold) => hold.syncId === syncId) === i,
  );
  const course: AccountCourse = {
    active,
    waiting,
    held: held.filter(({ syncId }) => isUnderWay({ ...logged, active, waiting }, syncId)),
    consentLost: logged.consentLost ?? known?.consentLost ?? null,
    recentSyncIds,
    watermark: known?.watermark ?? logged.watermark,
  };
  // Runs may have been that only the lost log knew: the new one is later than all of them.
  return { course: anew(course, nowMs), syncIds: lost.map(({ syncId }) => syncId) };
}

/** True when a pause, a lost consent or a watermark is missing. */
function lacksAny(logged: AccountCourse, known: AccountCourse | null): boolean {
  if (known === null) return false;
  const isHoldMissing = known.held.some(
    ({ syncId }) => isUnderWay(logged, syncId) && !logged.held.some((hold) => hold.syncId === syncId),
  );
  const isLossMissing = known.consentLost !== null && logged.consentLost === null;
  return isHoldMissing || isLossMissing || (known.watermark ?? logged.watermark) !== logged.watermark;
}

function lostActive(known: AccountCourse | null, lost: readonly AcceptedRequest[]): AccountCourse["active"] {
  const active = known?.active ?? null;
  return lost.some(({ syncId }) => syncId === active?.syncId) ? active : null;
}
