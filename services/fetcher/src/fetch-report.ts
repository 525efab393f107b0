import type { FaultCategory } from "@millrace/shared/events/attempt";
import { emptyLedger, type Ledger } from "@millrace/shared/events/ledger";
import type { ProviderFault } from "@millrace/shared/providers/mail-provider";
import type { ChangedMail } from "./changed-mail.ts";

/** What became of one message in one delivery. */
export type MessageOutcome =
  | { readonly kind: "stored" }
  | { readonly kind: "unchanged" }
  | { readonly kind: "gone" }
  /** It can never be stored as it is. */
  | { readonly kind: "letter"; readonly category: FaultCategory; readonly message: string }
  /** Not settled yet. */
  | { readonly kind: "open"; readonly fault: ProviderFault };

/** What became of a piece of work in one delivery. */
export interface FetchReport {
  /** One for each distinct message. */
  readonly outcomes: ReadonlyMap<string, MessageOutcome>;
  /** How many were stored by an earlier delivery of this work. */
  readonly storedBefore: number;
  /** What the work has done to the store, in all of its deliveries. */
  readonly mail: ChangedMail;
  /** Which credentials the provider was asked with. */
  readonly credentialsVersion: number;
  /** Why the work was set aside as a whole, before anybody was asked; absent when it was not. */
  readonly setAsideFor?: { readonly category: FaultCategory; readonly message: string };
  /** Workers have died of this work: its next attempt is watched from the start. */
  readonly isSuspect?: boolean;
}

export const countOf = ({ outcomes }: FetchReport, kind: MessageOutcome["kind"]): number =>
  [...outcomes.values()].filter((outcome) => outcome.kind === kind).length;

/** True when this delivery stored something: only one that achieved nothing has to wait longer. */
export const gotFurther = (report: FetchReport): boolean => countOf(report, "stored") > report.storedBefore;

/**
 * The share of the ledger that a settled chunk has. An id that the listing repeats within a chunk is settled by its
 * first occurrence; the others are unchanged.
 *
 * @param messageIds of the chunk, repeated ones as well
 */
export function shareOf(report: FetchReport, messageIds: readonly string[]): Ledger {
  const repeated = messageIds.length - new Set(messageIds).size;
  return {
    ...emptyLedger,
    listed: messageIds.length,
    stored: countOf(report, "stored"),
    unchanged: countOf(report, "unchanged") + repeated,
    gone: countOf(report, "gone"),
    deadLettered: countOf(report, "letter"),
  };
}

/** What is open becomes letters: the budget is spent. */
export function setAside(report: FetchReport): FetchReport {
  const outcomes = new Map(report.outcomes);
  for (const [id, outcome] of outcomes) {
    if (outcome.kind !== "open") continue;
    const { category, message } = outcome.fault;
    outcomes.set(id, { kind: "letter", category, message });
  }
  return { ...report, outcomes };
}

/**
 * A message that is set aside already, and was listed again: its first occurrence has its letter, this one is unchanged, as one
 * that is stored already would be.
 */
export function leaveLetters(report: FetchReport, hasLetter: (messageId: string) => boolean): FetchReport {
  const outcomes = new Map(report.outcomes);
  for (const [id, outcome] of outcomes)
    if (outcome.kind === "letter" && hasLetter(id)) outcomes.set(id, { kind: "unchanged" });
  return { ...report, outcomes };
}

/** Which of several faults says when to come back: the one that asks for the most patience. */
const patience: Readonly<Record<ProviderFault["category"], number>> = {
  consent_lost: 7,
  rate_limited: 6,
  token_expired: 5,
  transient: 4,
  unknown: 3,
  watermark_expired: 2,
  bad_item: 1,
  gone: 0,
};

export function governingFault({ outcomes }: FetchReport): ProviderFault | null {
  let chosen: ProviderFault | null = null;
  for (const outcome of outcomes.values()) {
    if (outcome.kind !== "open") continue;
    const { fault } = outcome;
    const isMorePatient = chosen === null || patience[fault.category] > patience[chosen.category];
    const isLater = fault.category === chosen?.category && (fault.retryAtMs ?? 0) > (chosen.retryAtMs ?? 0);
    if (isMorePatient || isLater) chosen = fault;
  }
  return chosen;
}
