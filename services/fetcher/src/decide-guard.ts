/** What is known of the deaths that a piece of work may have caused. */
export interface ClaimRecord {
  /** Workers that died while they held it alone. */
  readonly deaths: number;
  /** Of these, how many died at which message. */
  readonly deathsAt: Readonly<Record<string, number>>;
}

/** How a claim is worked on. */
export type GuardPlan =
  | { readonly kind: "together" }
  /** One message after the other, each marked before; `skipped` are set aside. */
  | { readonly kind: "singly"; readonly skipped: ReadonlySet<string> }
  /** It is set aside as a whole. */
  | { readonly kind: "set_aside" };

/** Redelivered more often than this, a claim is worked on alone and under watch. */
export const suspectAfterDeliveries = 3;
const deathsTogetherMax = 2;
const deathsAtMessageMax = 2;
const deathsElsewhereMax = 4;

/**
 * Finds the message that kills its worker within a bounded number of deaths, and nothing else: a suspect has its
 * process to itself, so that it takes no other work with it and no other work can be taken for it. First it is
 * worked on as always, then message by message.
 */
export function decideGuard({ deaths, deathsAt }: ClaimRecord): GuardPlan {
  const attributed = Object.values(deathsAt).reduce((sum, count) => sum + count, 0);
  if (deaths - attributed >= deathsElsewhereMax) return { kind: "set_aside" };
  if (deaths < deathsTogetherMax) return { kind: "together" };
  const skipped = Object.entries(deathsAt).filter(([, count]) => count >= deathsAtMessageMax);
  return { kind: "singly", skipped: new Set(skipped.map(([messageId]) => messageId)) };
}
