import type { RetentionRun } from "@millrace/client";
import { formatDuration } from "../syncs/render-progress.ts";
import { renderTime } from "../terminal/render-time.ts";
import { type Finding, ok, someOf, warn } from "./finding.ts";

/** What is known of a task's runs. */
export interface TaskRuns {
  readonly task: string;
  /** How often its schedule has it done. */
  readonly everySeconds: number;
  /** The newest first; those that were asked for are among them. */
  readonly runs: readonly RetentionRun[];
  /** False: there are older ones. */
  readonly isAll: boolean;
}

/** As the alerts have it (infra/prometheus/alerts.yml), so that both say the same. */
const failuresMin = 3;
/** A task is late when so long ago it was through for the last time. */
export const lateMs = (everySeconds: number): number => (2 * everySeconds + 600) * 1_000;
const slowMs = 3_600_000;

const check = "retention.runs";

/** Which tasks of retention fail, which were not through for two of their periods, and what does not end. */
export function judgeRetention(tasks: readonly TaskRuns[], nowMs: number): Finding[] {
  if (tasks.every(({ runs }) => runs.length === 0))
    return [
      warn(
        check,
        "retention has not run yet",
        "A janitor begins with it within seconds after its start. Does one run?",
      ),
    ];
  const failing = tasks.flatMap((task) => judgeFailures(task));
  const late = tasks.filter((task) => failuresOf(task).length < failuresMin && isLate(task, nowMs));
  const slow = tasks.flatMap((task) => judgeRunning(task, nowMs));
  const found = [...failing, ...(late.length > 0 ? [tellLate(late, nowMs)] : []), ...slow];
  const through = `each of ${tasks.length} tasks was through within two of its periods, as far as its newest runs tell`;
  return found.length > 0 ? found : [ok(check, through)];
}

const scheduledOf = ({ runs }: TaskRuns): readonly RetentionRun[] =>
  runs.filter(({ askedBy }) => askedBy === null);

/** Since a run by schedule was completed. */
function failuresOf(task: TaskRuns): readonly RetentionRun[] {
  const scheduled = scheduledOf(task);
  const completed = scheduled.findIndex(({ state }) => state === "completed");
  return scheduled
    .slice(0, completed === -1 ? scheduled.length : completed)
    .filter(({ state }) => state === "failed");
}

function judgeFailures(task: TaskRuns): Finding[] {
  const failures = failuresOf(task);
  if (failures.length < failuresMin) return [];
  const last = failures[0]?.failure ?? "it says no reason";
  return [
    warn(
      check,
      `${task.task} has failed ${failures.length} times since it was last completed: ${last}`,
      "Mend what it says; it is tried again by itself, within the hour: docs/operations.md#millraceretentionfailing.",
    ),
  ];
}

/** When a run by schedule was last completed that left nothing over; null: none of those that are known was. */
const throughAt = (task: TaskRuns): string | null =>
  scheduledOf(task).find(({ state, isDone }) => state === "completed" && isDone)?.endedAt ?? null;

/** Where so much was asked for that the runs that are known do not reach back so far, nothing is said. */
function isLate(task: TaskRuns, nowMs: number): boolean {
  const oldestMs = Date.parse(task.runs.at(-1)?.requestedAt ?? "");
  const reachesBack = task.isAll || nowMs - oldestMs > lateMs(task.everySeconds);
  const through = throughAt(task);
  return through === null ? reachesBack : nowMs - Date.parse(through) > lateMs(task.everySeconds);
}

function tellLate(late: readonly TaskRuns[], nowMs: number): Finding {
  const when = (task: TaskRuns): string => {
    const through = throughAt(task);
    return through === null && !task.isAll ? "long ago, or never" : renderTime(through, nowMs);
  };
  const names = late.map((task) => `${task.task} (last through: ${when(task)})`);
  return warn(
    check,
    `not through for two periods: ${someOf(names)}`,
    "Does a janitor run, and is its clock right? More may also come than is removed: docs/operations.md#millraceretentionlate. " +
      "The doctor wants the janitor's RETENTION_SECONDS and RETENTION_SCHEDULES where they are not the defaults.",
  );
}

function judgeRunning({ task, runs }: TaskRuns, nowMs: number): Finding[] {
  const running = runs.find(({ state }) => state === "running");
  const ageMs = running?.startedAt ? nowMs - Date.parse(running.startedAt) : 0;
  if (ageMs <= slowMs) return [];
  return [
    warn(
      check,
      `a run of ${task} has been under way for ${formatDuration(ageMs / 1_000)}`,
      "The other tasks wait for it. A janitor goes on with it: does one run? docs/operations.md#millraceretentionslow says what to look at.",
    ),
  ];
}
