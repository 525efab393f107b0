import { Option } from "@commander-js/extra-typings";
import type { RetentionRun } from "@millrace/client";

type Task = RetentionRun["task"];

/** As the API calls them, in the order in which they are done. */
const isTask: Readonly<Record<Task, true>> = {
  messages: true,
  syncs: true,
  "dead-letters": true,
  blobs: true,
  traces: true,
  requests: true,
  "idempotency-keys": true,
  "browser-tokens": true,
  "api-keys": true,
  verifications: true,
  notes: true,
  "removed-accounts": true,
  "audit-entries": true,
  "webhook-deliveries": true,
  "connect-links": true,
  activity: true,
  "retention-runs": true,
};
const tasks = Object.keys(isTask) as Task[];

const states = [
  "requested",
  "running",
  "completed",
  "failed",
  "stopped",
] as const satisfies readonly RetentionRun["state"][];

export const taskOption = () =>
  new Option("--task <task>", "of this task alone (all of them)").choices(tasks);
export const stateOption = () => new Option("--state <state>", "only those in this state").choices(states);
