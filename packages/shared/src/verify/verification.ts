import { z } from "zod";
import type { AccountRef } from "../events/subjects.ts";
import type { AcceptedRequest } from "../events/sync-request.ts";
import type { Pool } from "../postgres/create-pool.ts";
import type { ProviderFault, ProviderSession } from "../providers/mail-provider.ts";

/** What a verification stands on. */
export interface VerificationPorts {
  readonly pool: Pool;
  readonly session: ProviderSession;
  /** Asks for the sync that repairs; asking twice is harmless. */
  readonly publishRequest: (ref: AccountRef, request: AcceptedRequest) => Promise<void>;
}

const pageToken = z.string().nullable();

/**
 * How far a verification is; kept with it, so that whoever claims it next goes on there.
 *
 *     begin → listing (pages) → labels → label (labels × pages) → changes (pages) → compare → look (batches) → finish
 */
export const verificationPositionSchema = z.discriminatedUnion("step", [
  z.object({ step: z.literal("begin") }),
  z.object({ step: z.literal("listing"), pageToken }),
  z.object({ step: z.literal("labels") }),
  z.object({ step: z.literal("label"), index: z.int().nonnegative(), pageToken }),
  z.object({ step: z.literal("changes"), pageToken }),
  z.object({ step: z.literal("compare") }),
  z.object({ step: z.literal("look") }),
  z.object({ step: z.literal("finish") }),
]);
export type VerificationPosition = z.infer<typeof verificationPositionSchema>;

export const findingSchema = z.enum(["missing", "extra", "changed"]);
export type Finding = z.infer<typeof findingSchema>;

/** What a verification came to. */
export interface VerifiedCounts {
  /** Ids that a listing of the whole mailbox shows. */
  readonly listed: number;
  /** Messages of the account in the store. */
  readonly stored: number;
  readonly missing: number;
  readonly extra: number;
  readonly changed: number;
  /** The sync that takes in what was found; null when none was asked for, or nothing was found. */
  readonly repairSyncId: string | null;
  /** In so many comparisons in a row there were differences, although those before were taken in; 0: there were none. */
  readonly driftsInRow: number;
}

export type VerificationOutcome =
  | { readonly kind: "verified"; readonly counts: VerifiedCounts }
  /** The provider did not answer as hoped; the work goes on from here when it is claimed again. */
  | { readonly kind: "fault"; readonly fault: ProviderFault; readonly gotFurther: boolean }
  /** Others want to work as well: it goes on where it is, with its next turn. */
  | { readonly kind: "yielded" }
  /** Nothing is to be done: there is no such verification, it has failed, or somebody else has claimed it. */
  | { readonly kind: "over"; readonly why: string };

/** A claimed verification. */
export interface VerificationClaim {
  readonly ref: AccountRef;
  readonly id: string;
  /** The number of this claim. */
  readonly claim: number;
  readonly baseline: string | null;
  readonly labelIds: readonly string[];
  /** A sync compares, to fetch what differs: a finding too many costs a call. */
  readonly isOfSync: boolean;
  /** Nobody asked: what the next sync brings by itself is no difference. */
  readonly isScheduled: boolean;
}

/** Where one move led to: on, or to a fault. */
export type Moved =
  | { readonly ok: true; readonly claim: VerificationClaim; readonly position: VerificationPosition }
  | {
      readonly ok: false;
      readonly fault: ProviderFault;
      /** back: what the moves before it achieved is to be done again. */
      readonly went: "nowhere" | "further" | "back";
    };

/** Another claim of the same verification is newer. */
export class VerificationClaimLostError extends Error {
  readonly code = "verification_claim_lost";
  constructor(verificationId: string) {
    super(`The verification ${verificationId} was claimed by somebody else`);
    this.name = "VerificationClaimLostError";
  }
}
