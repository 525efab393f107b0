import { retentionTaskNames } from "../../retention/retention-task-names.ts";
import { counter } from "./counter.ts";
import { gauge } from "./gauge.ts";
import { histogram, slowSeconds } from "./histogram.ts";

const from = "janitor";
const attributes = { "millrace.task": retentionTaskNames };

export const retentionRunSeconds = histogram({
  name: "millrace.retention.run.duration",
  unit: "s",
  description: "Runs of retention's tasks, by how they ended",
  from,
  attributes: { ...attributes, "millrace.outcome": "`completed`, `failed`, `stopped`" },
  buckets: [...slowSeconds, 1_800, 7_200, 21_600],
});

export const retentionRemovedBytes = counter({
  name: "millrace.retention.removed.size",
  unit: "By",
  description:
    "How large was what was removed because it had had its time, as far as that is known: mail and content",
  from,
  attributes,
});

export const retentionCompletedAt = gauge({
  name: "millrace.retention.completed.time",
  unit: "s",
  description:
    "When a task's last run by schedule was completed that left nothing over, in seconds since 1970, whichever janitor did it",
  from,
  attributes,
});

export const retentionPeriod = gauge({
  name: "millrace.retention.period",
  unit: "s",
  description: "How often a task is to run",
  from,
  attributes,
});

export const retentionFailures = gauge({
  name: "millrace.retention.failures",
  unit: "{run}",
  description: "Runs of a task by schedule that have failed since one was completed",
  from,
  attributes,
});

export const retentionRunningAge = gauge({
  name: "millrace.retention.running.age",
  unit: "s",
  description: "For how long a task's run has been under way; 0: none is",
  from,
  attributes,
});
