import type { Gauge } from "@millrace/shared/telemetry/metrics/gauge";
import * as metrics from "@millrace/shared/telemetry/metrics/retention-metrics";
import type { TaskStanding } from "./read-retention-standing.ts";
import { showSeen as show } from "./show-seen.ts";

/** @returns what ends it */
export function publishRetention(retention: () => readonly TaskStanding[] | null): (() => void)[] {
  const ofTasks = (gauge: Gauge<"millrace.task">, read: (task: TaskStanding) => number | null) =>
    show(gauge, retention, (tasks) =>
      tasks.flatMap((standing) => {
        const value = read(standing);
        return value === null ? [] : [{ value, attributes: { "millrace.task": standing.task } }];
      }),
    );
  return [
    ofTasks(metrics.retentionCompletedAt, ({ completedAt }) => completedAt),
    ofTasks(metrics.retentionPeriod, ({ everySeconds }) => everySeconds),
    ofTasks(metrics.retentionFailures, ({ failures }) => failures),
    ofTasks(metrics.retentionRunningAge, ({ runningSeconds }) => runningSeconds),
  ];
}
