import { z } from "zod";
import { contentModeSchema } from "./account-course.ts";
import { syncIdSchema } from "./identifiers.ts";

export const laneSchema = z.enum(["live", "bulk"]);
export type Lane = z.infer<typeof laneSchema>;

/** A chunk on the work queue: all that a fetcher needs to know. Derived from the log and rebuildable from it. */
export const workItemSchema = z.object({
  syncId: syncIdSchema,
  chunkIndex: z.int().nonnegative(),
  pageNumber: z.int().nonnegative(),
  messageIds: z.array(z.string().min(1).max(1024)).min(1).max(500),
  content: contentModeSchema,
});
export type WorkItem = z.infer<typeof workItemSchema>;

/** The newest mail shows up first: the first chunk of a full sync, and all of an incremental one, take the live lane. */
export function laneOf(mode: "full" | "incremental", chunkIndex: number): Lane {
  return mode === "incremental" || chunkIndex === 0 ? "live" : "bulk";
}
