import { type ConsentOutcome, consentOutcomeOf } from "./consent-outcome.ts";

/**
 * What the page was opened with, for somebody who is not signed in; null: no consent led here. Its traces leave the address,
 * the receipt above all, and stay with the tab's place in its history: a reload says the same.
 */
export function takeConsentOutcome(): ConsentOutcome | null {
  const outcome = consentOutcomeOf(location.search);
  if (outcome !== null) history.replaceState({ outcome }, "", location.pathname);
  return (history.state as { readonly outcome?: ConsentOutcome } | null)?.outcome ?? null;
}
