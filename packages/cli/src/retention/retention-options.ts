import { Option } from "@commander-js/extra-typings";
import type { RetentionRun } from "@millrace/client";

/** As the API calls them, in the order in which they are done. */
const tasks = [
  "messages",
  "syncs",
  "blobs",
  "traces",
  "requests",
  "notes",
  "audit-entries",
  "webhook-deliveries",
  "connect-links",
  "activity",
  "retention-runs",
] as const satisfies readonly RetentionRun["task"][];

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
