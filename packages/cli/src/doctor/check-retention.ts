import type { Millrace, RetentionRun } from "@millrace/client";
import { type RetentionTaskName, retentionTaskNames } from "@millrace/shared/retention/retention-task-names";
import { everySecondsOf, type ScheduleConfig } from "@millrace/shared/retention/schedule-env";
import type { Finding } from "./finding.ts";
import { judgeRetention, lateMs, type TaskRuns } from "./judge-retention.ts";

const perPage = 200;
/** In two periods of six hours a task that leaves something over each time has no more runs than that. */
const runsMax = 2_000;

/** Whether what has had its time is removed, as an operator may see it: it needs nobody, so nobody misses it. */
export async function checkRetention(millrace: Millrace, schedules: ScheduleConfig): Promise<Finding[]> {
  const nowMs = Date.now();
  const readTask = async (task: RetentionTaskName): Promise<TaskRuns> => {
    const everySeconds = everySecondsOf(schedules, task);
    const runs: RetentionRun[] = [];
    for await (const run of millrace.retention.runs({ task, limit: perPage })) {
      runs.push(run);
      const isEnough = runs.length >= perPage && nowMs - Date.parse(run.requestedAt) > lateMs(everySeconds);
      if (isEnough || runs.length >= runsMax) return { task, everySeconds, runs, isAll: false };
    }
    return { task, everySeconds, runs, isAll: true };
  };
  return judgeRetention(await Promise.all(retentionTaskNames.map(readTask)), nowMs);
}
