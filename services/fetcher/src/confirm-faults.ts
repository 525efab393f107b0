import type { AttemptHistory } from "@millrace/shared/events/attempt";
import { confirmConsentLoss } from "@millrace/shared/providers/confirm-consent-loss";
import type { ProviderFault, ProviderSession } from "@millrace/shared/providers/mail-provider";
import type { AttemptPolicy } from "@millrace/shared/runtime/decide-attempt";
import type { StepContext } from "@millrace/shared/runtime/step";
import { countOf, type FetchReport, governingFault } from "./fetch-report.ts";
import type { ClaimedWork, MailStore } from "./fetcher-ports.ts";

/**
 * Whether the mailbox or single messages are in the way is asked of the mailbox itself. Lost consent is believed only
 * when it is confirmed; and messages that are refused on and on, while the mailbox can be read, are refused for their own
 * fault: the sync must not wait for them for ever (rule I1). When they are not few of many, one that is stored is asked
 * for as well: messages as such may be what the provider cannot give now.
 *
 * @returns the report, with the faults to go by
 */
export async function confirmFaults(
  session: ProviderSession,
  store: Pick<MailStore, "findOther">,
  work: ClaimedWork,
  report: FetchReport,
  { signal }: StepContext,
): Promise<FetchReport> {
  const fault = governingFault(report);
  if (fault?.category !== "consent_lost" && fault?.category !== "transient") return report;
  const { item } = work;
  const { streak } = item.history;
  const seen = await confirmConsentLoss(session, fault, streak, signal);
  const lasts =
    seen.category === "consent_lost"
      ? seen.isConfirmed !== true
      : fault.category === "transient" && streak >= lastingStreak;
  const isTheirOwn =
    lasts &&
    (await session.getProfile(signal)).ok &&
    (await canReadOthers(session, store, work, report, signal));
  return withFault(report, fault.category, isTheirOwn ? { ...seen, category: "unknown" } : seen);
}

/** With the usual backoff, well over a quarter of an hour without getting further. */
const lastingStreak = 30;

/**
 * The attempt, counted from 1, that is the last one for messages that fail by accident again and again: as long as the
 * mailbox itself can be read, so that in the end they are taken to fail for their own fault.
 */
export const lastAttemptOf = (
  { failed, streak, poison }: AttemptHistory,
  { poisonBudget }: AttemptPolicy,
): number => failed + Math.max(1, lastingStreak + 1 - streak) + Math.max(0, poisonBudget - poison - 1);

async function canReadOthers(
  session: ProviderSession,
  store: Pick<MailStore, "findOther">,
  work: ClaimedWork,
  report: FetchReport,
  signal: AbortSignal,
): Promise<boolean> {
  // Of a redrive everything may fail: nothing is lost, its letters stay what they are.
  if (work.item.kind === "redrive" || isFew(report)) return true;
  // What seems to be forbidden may be so by accident, again and again, also where others are not.
  if (work.item.history.streak < lastingStreak) return false;
  const other = await store.findOther(work);
  if (other === null) return report.outcomes.size === 1;
  for await (const { result } of session.fetchMessages([other], "metadata", signal))
    if (result.ok || result.fault.category === "gone") return true;
  return false;
}

const isFew = (report: FetchReport): boolean => countOf(report, "open") * 4 <= report.outcomes.size;

function withFault(
  report: FetchReport,
  category: ProviderFault["category"],
  confirmed: ProviderFault,
): FetchReport {
  if (confirmed.category === category) return report;
  const outcomes = new Map(report.outcomes);
  for (const [id, outcome] of outcomes) {
    if (outcome.kind === "open" && outcome.fault.category === category)
      outcomes.set(id, { kind: "open", fault: confirmed });
  }
  return { ...report, outcomes };
}
