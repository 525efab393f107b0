import { emptyLedger, type Ledger } from "@millrace/shared/events/ledger";
import type { FaultCategory, ProviderFault } from "@millrace/shared/providers/mail-provider";

/** A message that is not settled yet, and why. */
export interface OpenMessage {
  readonly id: string;
  readonly fault: ProviderFault;
}

/** What became of each message of a chunk in one delivery. */
export interface FetchReport {
  readonly stored: number;
  readonly unchanged: number;
  readonly gone: number;
  readonly deadLettered: number;
  /** How many of `stored` were there when the delivery began: what is more is what it achieved. */
  readonly storedBefore: number;
  /** The other messages. */
  readonly open: readonly OpenMessage[];
}

/** How many messages are settled. */
export const settledOf = ({ stored, unchanged, gone, deadLettered }: FetchReport): number =>
  stored + unchanged + gone + deadLettered;

export const emptyReport: FetchReport = {
  stored: 0,
  unchanged: 0,
  gone: 0,
  deadLettered: 0,
  storedBefore: 0,
  open: [],
};

export function addReports(a: FetchReport, b: FetchReport): FetchReport {
  return {
    stored: a.stored + b.stored,
    unchanged: a.unchanged + b.unchanged,
    gone: a.gone + b.gone,
    deadLettered: a.deadLettered + b.deadLettered,
    storedBefore: a.storedBefore + b.storedBefore,
    open: [...a.open, ...b.open],
  };
}

/** The share of the ledger that a fully settled chunk has. */
export function shareOf({ stored, unchanged, gone, deadLettered }: FetchReport, listed: number): Ledger {
  return { ...emptyLedger, listed, stored, unchanged, gone, deadLettered };
}

/** Which of several faults says when to come back: the one that asks for the most patience. */
const patience: Readonly<Record<FaultCategory, number>> = {
  consent_lost: 7,
  rate_limited: 6,
  token_expired: 5,
  transient: 4,
  unknown: 3,
  watermark_expired: 2,
  bad_item: 1,
  gone: 0,
};

export function governingFault(open: readonly OpenMessage[]): ProviderFault | null {
  return open.reduce<ProviderFault | null>((chosen, { fault }) => {
    if (chosen === null || patience[fault.category] > patience[chosen.category]) return fault;
    const later = (fault.retryAtMs ?? 0) > (chosen.retryAtMs ?? 0);
    return fault.category === chosen.category && later ? fault : chosen;
  }, null);
}
