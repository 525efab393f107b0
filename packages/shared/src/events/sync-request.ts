import { z } from "zod";
import { syncIdSchema } from "./identifiers.ts";

export const requestedModeSchema = z
  .enum(["auto", "full", "incremental"])
  .describe("auto: incremental when the account has a watermark that the provider still knows, else full");

/** Text that Postgres can hold, wherever it ends up. */
const storable = (charsMax: number) =>
  z
    .string()
    .min(1)
    .max(charsMax)
    .refine(
      (text) => text.isWellFormed() && !text.includes("\0"),
      "must hold no NUL and no half of a surrogate pair",
    );

/** What narrows a sync, and how it is cut up. Absent fields take the account's or the service's default. */
export const syncScopeSchema = z.object({
  chunkSize: z.int().min(1).max(500).optional().describe("Messages a chunk; default 100"),
  query: storable(1000).optional().describe("The provider's own search expression"),
  labelIds: z.array(storable(200)).min(1).max(20).optional().describe("Only messages with all of these"),
});
export type SyncScope = z.infer<typeof syncScopeSchema>;

/**
 * `SyncRequested`: the one message that other services publish, on `sync.requests.<tenant>.<account>`.
 * As CloudEvents 1.0 in binary mode (headers `ce-*`, this as the body), or as this bare JSON body.
 */
export const syncRequestSchema = z.object({
  syncId: syncIdSchema
    .optional()
    .describe("Names the request: the same id again is the same sync. Absent: the event's id does"),
  mode: requestedModeSchema.default("auto"),
  trigger: z
    .enum(["api", "event", "schedule", "push", "reconciler"])
    .default("event")
    .describe("Who asked, for the audit trail"),
  requestedAt: z.iso
    .datetime()
    .refine((time) => Date.parse(time) > 0, "must be after 1970")
    .optional(),
  notBefore: z.iso
    .datetime()
    .optional()
    .describe("A sync that started before this time does not cover the request: it must look anew"),
  repairOf: syncIdSchema
    .optional()
    .describe("Takes in exactly what this verification found missing, extra or changed"),
  ...syncScopeSchema.shape,
});
export type SyncRequest = z.infer<typeof syncRequestSchema>;

/** A request whose sync has its id and its time: what the course of an account is decided on. */
export interface AcceptedRequest extends SyncRequest {
  readonly syncId: string;
  readonly requestedAt: string;
}

/** The CloudEvents type of a request. */
export const syncRequestedType = "SyncRequested";
