import { derivedSyncId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { AcceptedRequest } from "@millrace/shared/events/sync-request";
import { nextCronTime } from "@millrace/shared/schedules/cron-times";
import type { Schedule } from "@millrace/shared/schedules/schedule";
import { type IntervalLimits, nextIntervalSeconds, withJitter } from "./next-interval.ts";

/** A schedule whose time has come, as it was claimed. */
export interface DueRun {
  readonly ref: AccountRef;
  readonly schedule: Schedule;
  readonly plannedMs: number;
  readonly intervalSeconds: number;
  /** Up to where the copy is complete; null: there is none yet. */
  readonly watermark: string | null;
  /** A sync of the account runs. */
  readonly isActive: boolean;
  /** The sync that the schedule asked for last has not ended. */
  readonly isPending: boolean;
  /** A sync since the last run found changes that a poll was needed for. */
  readonly foundChanges: boolean;
  /** When the newest sync was completed; null: none was. */
  readonly lastSyncedMs: number | null;
  /** We are told of changes. */
  readonly isPushed: boolean;
}

export interface RunDecision {
  /** Null: the run is passed over. */
  readonly request: AcceptedRequest | null;
  /** Null: there is no next time. */
  readonly nextRunMs: number | null;
  readonly intervalSeconds: number;
}

/** A provider keeps a watermark for about a week: a sync a day keeps it young, also where nothing happens. */
const syncAtLeastEveryMs = 24 * 60 * 60_000;

/** True when asking the provider first whether anything has changed may save the sync. */
export function mayLookFirst(run: DueRun, nowMs: number): boolean {
  return (
    wantsSync(run) &&
    run.schedule.kind !== "none" &&
    run.schedule.mode !== "full" &&
    run.watermark !== null &&
    run.lastSyncedMs !== null &&
    nowMs - run.lastSyncedMs < syncAtLeastEveryMs
  );
}

/**
 * What a due run asks for, and when the next one is. Runs that were missed are this one run: the next time is later than
 * now, on the schedule's own grid. The sync's id follows from account and planned time, so that asking twice for a
 * run is one sync.
 *
 * @param hasChanged what the provider said; null: it was not asked, or its answer is of no use
 * @param random uniform in [0, 1)
 */
export function decideRun(
  run: DueRun,
  hasChanged: boolean | null,
  { nowMs, random }: { readonly nowMs: number; readonly random: number },
  limits: IntervalLimits,
): RunDecision {
  const intervalSeconds = nextIntervalSeconds(
    run.intervalSeconds,
    { foundChanges: hasChanged ?? run.foundChanges, isPushed: run.isPushed },
    limits,
  );
  return {
    request: wantsSync(run) && hasChanged !== false ? requestOf(run, nowMs) : null,
    nextRunMs: nextRunMs(run, intervalSeconds, nowMs, random),
    intervalSeconds,
  };
}

/** An adaptive schedule keeps a copy up to date: it makes none, and what runs does its work. */
function wantsSync({ schedule, isPending, isActive, watermark }: DueRun): boolean {
  if (schedule.kind === "none" || isPending) return false;
  return schedule.kind !== "adaptive" || (watermark !== null && !isActive);
}

function requestOf({ ref, schedule, plannedMs }: DueRun, nowMs: number): AcceptedRequest {
  return {
    syncId: derivedSyncId(ref, "schedule", new Date(plannedMs).toISOString()),
    mode: schedule.mode,
    trigger: "schedule",
    requestedAt: new Date(nowMs).toISOString(),
  };
}

function nextRunMs(
  { schedule, plannedMs }: DueRun,
  intervalSeconds: number,
  nowMs: number,
  random: number,
): number | null {
  switch (schedule.kind) {
    case "none":
      return null;
    case "adaptive":
      return Math.round(nowMs + withJitter(intervalSeconds, random) * 1_000);
    case "interval": {
      const stepMs = schedule.seconds * 1_000;
      const stepsOver = Math.floor(Math.max(0, nowMs - plannedMs) / stepMs);
      return plannedMs + (stepsOver + 1) * stepMs;
    }
    case "cron": {
      const after = new Date(Math.max(nowMs, plannedMs));
      return nextCronTime(schedule.expression, schedule.timeZone, after)?.getTime() ?? null;
    }
  }
}
