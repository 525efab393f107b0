import { laneSchema } from "@millrace/shared/events/work-item";
import { z } from "zod";
import { timeSchema } from "./time.ts";

const count = z.int().nonnegative();
const ms = z.int().nonnegative().nullable();
const units = z.number().nonnegative().nullable();

export const overviewSchema = z
  .object({
    at: timeSchema,
    syncs: z.object({
      requested: count.describe("Accepted within a day, and no fact has reached them yet"),
      queued: count,
      running: count,
      paused: count,
      failing: count.describe("Of those that run, those whose newest attempt failed"),
      endedLastDay: z
        .object({
          completed: count,
          partial: count,
          failed: count,
          cancelled: count,
          coalesced: count,
        })
        .describe(
          "As they ended: a partial one whose dead letters were redriven since is still partial here",
        ),
    }),
    messagesPerSecond: z.number().nonnegative().describe("Settled messages, over the last minute"),
    pickup: z
      .object({ count, medianMs: ms, p95Ms: ms })
      .describe(
        "From the request to the start, of syncs that were asked for within an hour and have started",
      ),
    lanes: z
      .array(
        z.object({
          lane: laneSchema,
          waiting: count,
          oldestSeconds: count.nullable().describe("Since the oldest of them was listed"),
        }),
      )
      .describe(
        "Chunks of running syncs that are outstanding: queued, claimed, or waiting for another attempt",
      ),
    deadLetters: z.object({ open: count }),
    accounts: z.object({
      connected: count,
      reauthRequired: count,
      removing: count,
      watched: count.describe("The provider tells of their changes"),
      watchesLapsed: count.describe("It should, and does not"),
      neverSynced: count.describe("Connected, and no sync of it has completed yet"),
      oldestSyncedAt: timeSchema
        .nullable()
        .describe("Of the connected account whose last completed sync is the longest ago"),
    }),
    quota: z
      .object({ unitsPerMinute: units, usedLastMinute: units })
      .nullable()
      .describe(
        "What all accounts of the installation share; null: none is kept. Fields are null while the broker does not answer",
      ),
  })
  .meta({ id: "Overview", description: "How things are now" });
export type Overview = z.infer<typeof overviewSchema>;
