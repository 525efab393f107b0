import { z } from "zod";

/** A sync as the API tells it, in answers and in its stream. Unknown fields are passed over. */
export const syncResource = z.object({
  id: z.string(),
  accountId: z.string(),
  status: z.string(),
  mode: z.string().nullish(),
  lane: z.string().nullable().default(null),
  startedAt: z.string().nullable().default(null),
  endedAt: z.string().nullable().default(null),
  coalescedInto: z.string().nullable().default(null),
  paused: z
    .object({ reason: z.string(), message: z.string(), resumesBy: z.string() })
    .nullable()
    .default(null),
  trouble: z.object({ category: z.string(), message: z.string() }).nullable().default(null),
  failure: z.object({ category: z.string(), message: z.string() }).nullable().default(null),
  progress: z.object({
    listed: z.number(),
    listingComplete: z.boolean(),
    estimatedTotal: z.number().nullable(),
    settled: z.number(),
    stored: z.number(),
    unchanged: z.number(),
    gone: z.number(),
    deadLettered: z.number(),
    secondsLeft: z.number().nullable().default(null),
  }),
  ledger: z.object({
    listed: z.number(),
    stored: z.number(),
    unchanged: z.number(),
    gone: z.number(),
    deadLettered: z.number(),
    balanced: z.boolean(),
  }),
});

export type SyncResource = z.infer<typeof syncResource>;
export type Ledger = SyncResource["ledger"];

const endings = new Set(["completed", "partial", "failed", "cancelled", "coalesced"]);

/** Whether the sync has ended: nothing of it changes any more. */
export function hasEnded(sync: { readonly status: string }): boolean {
  return endings.has(sync.status);
}
