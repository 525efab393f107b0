import { z } from "zod";
import { envInt } from "../runtime/parse-config.ts";
import { type RetentionTaskName, retentionTaskNames } from "./retention-task-names.ts";

/** How often retention's tasks run: for the janitor, and for whoever looks whether they do. */
export const scheduleEnv = {
  RETENTION_SECONDS: envInt(1, 604_800)
    .default(21_600)
    .describe("how often is removed what has had its time"),
  RETENTION_SCHEDULES: z
    .string()
    .default("")
    .transform(parseSchedules)
    .describe(
      "tasks of retention with a distance of their own in seconds, `blobs=3600,syncs=86400`; the others have `RETENTION_SECONDS`",
    ),
};

/** Seconds from one run to the next, of the tasks that have a distance of their own. */
type RetentionSchedules = Readonly<Partial<Record<RetentionTaskName, number>>>;

export interface ScheduleConfig {
  readonly RETENTION_SECONDS: number;
  readonly RETENTION_SCHEDULES: RetentionSchedules;
}

/** How often a task is done by its schedule. */
export const everySecondsOf = (config: ScheduleConfig, task: RetentionTaskName): number =>
  config.RETENTION_SCHEDULES[task] ?? config.RETENTION_SECONDS;

const secondsMax = 31_536_000;

/** Reads `blobs=3600,syncs=86400`. */
function parseSchedules(text: string, context: z.RefinementCtx): RetentionSchedules {
  const schedules: Partial<Record<RetentionTaskName, number>> = {};
  for (const part of text.split(",").filter((one) => one.trim() !== "")) {
    const [name = "", seconds = ""] = part.split("=").map((one) => one.trim());
    const task = retentionTaskNames.find((one) => one === name);
    const isTime = /^\d{1,9}$/.test(seconds) && Number(seconds) >= 1 && Number(seconds) <= secondsMax;
    if (task !== undefined && schedules[task] !== undefined)
      context.addIssue({ code: "custom", message: `names "${task}" twice` });
    else if (task !== undefined && isTime) schedules[task] = Number(seconds);
    else
      context.addIssue({
        code: "custom",
        message: `"${part.trim()}" is no task=seconds; tasks are ${retentionTaskNames.join(", ")}`,
      });
  }
  return schedules;
}
