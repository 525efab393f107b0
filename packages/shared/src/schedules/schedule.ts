import { z } from "zod";
import { requestedModeSchema } from "../events/sync-request.ts";
import { cronProblem } from "./cron-times.ts";

const mode = requestedModeSchema.default("auto");

const cronSchema = z
  .strictObject({
    kind: z.literal("cron"),
    expression: z.string().max(200).describe("Minute, hour, day of the month, month, day of the week"),
    timeZone: z.string().max(100).default("UTC").describe("IANA name: Europe/Berlin"),
    mode,
  })
  .superRefine(({ expression, timeZone }, context) => {
    const problem = cronProblem(expression, timeZone);
    if (problem !== null)
      context.addIssue({ code: "custom", path: [problem.field], message: problem.message });
  });

/** When an account is synced by itself. */
export const scheduleSchema = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("adaptive"), mode }),
    z.strictObject({
      kind: z.literal("interval"),
      seconds: z.int().min(60).max(2_678_400).describe("From one planned time to the next"),
      mode,
    }),
    cronSchema,
    z.strictObject({ kind: z.literal("none"), mode }),
  ])
  .describe(
    "adaptive: soon after changes, seldom while there are none, once the account has a copy; interval: the first time " +
      "at random within it, so that accounts spread; none: only when somebody asks",
  );
export type Schedule = z.output<typeof scheduleSchema>;

export const defaultSchedule: Schedule = { kind: "adaptive", mode: "auto" };
