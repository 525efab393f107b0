import { z } from "zod";
import { timeSchema } from "./time.ts";

const count = z.int().nonnegative();

export const activitySchema = z
  .object({
    stepSeconds: z.int().positive().describe("What a point stands for"),
    points: z.array(
      z.object({
        at: timeSchema.describe("When it begins"),
        messages: count.describe("Messages that were settled: stored, known already, gone, or set aside"),
        syncsStarted: count,
        syncsCompleted: count.describe("Those that left dead letters as well"),
        syncsFailed: count,
        deadLettered: count.describe("Messages that were set aside"),
        failures: z
          .record(z.string(), count)
          .describe(
            "By category: attempts that failed, and messages that were set aside one by one. An attempt that was told to " +
              "wait (`rate_limited`) is among them, although nothing is wrong",
          ),
      }),
    ),
  })
  .meta({ id: "Activity", description: "What happened, point by point, oldest first" });
export type Activity = z.infer<typeof activitySchema>;
