import { type RetentionTaskName, retentionTaskNames } from "@millrace/shared/retention/retention-task-names";
import type { z } from "zod";

/** Seconds from one run to the next, of the tasks that have a distance of their own. */
export type RetentionSchedules = Readonly<Partial<Record<RetentionTaskName, number>>>;

const secondsMax = 31_536_000;

/** Reads `blobs=3600,syncs=86400`. */
export function parseSchedules(text: string, context: z.RefinementCtx): RetentionSchedules {
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
